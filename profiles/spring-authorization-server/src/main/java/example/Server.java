package example;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.SecurityContext;
import java.io.IOException;
import java.io.PrintStream;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.Principal;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.core.annotation.Order;
import org.springframework.http.MediaType;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.userdetails.User;
import org.springframework.security.core.userdetails.UserDetails;
import org.springframework.security.core.userdetails.UserDetailsService;
import org.springframework.security.oauth2.core.AuthorizationGrantType;
import org.springframework.security.oauth2.core.ClientAuthenticationMethod;
import org.springframework.security.oauth2.jwt.JwtDecoder;
import org.springframework.security.oauth2.server.authorization.client.InMemoryRegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClient;
import org.springframework.security.oauth2.server.authorization.client.RegisteredClientRepository;
import org.springframework.security.oauth2.server.authorization.config.annotation.web.configuration.OAuth2AuthorizationServerConfiguration;
import org.springframework.security.oauth2.server.authorization.config.annotation.web.configurers.OAuth2AuthorizationServerConfigurer;
import org.springframework.security.oauth2.server.authorization.settings.AuthorizationServerSettings;
import org.springframework.security.oauth2.server.authorization.settings.ClientSettings;
import org.springframework.security.oauth2.server.authorization.settings.TokenSettings;
import org.springframework.security.provisioning.InMemoryUserDetailsManager;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.security.web.authentication.LoginUrlAuthenticationEntryPoint;
import org.springframework.security.web.util.matcher.MediaTypeRequestMatcher;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Spring Authorization Server with the clients and users of the profile, and a protected resource. */
@SpringBootApplication
@RestController
public class Server {

    public static void main(String[] arguments) {
        PrintStream out = System.out;
        System.setOut(System.err); // Standard output is for the ready line alone.
        SpringApplication.run(Server.class, arguments);
        out.println("ready " + issuer());
        out.flush();
    }

    private static String issuer() {
        return System.getenv("SERVER_ISSUER");
    }

    private static <T> T setting(String name, TypeReference<T> type) {
        try {
            return new ObjectMapper().readValue(System.getenv(name), type);
        } catch (IOException problem) {
            throw new IllegalStateException(problem);
        }
    }

    @Bean
    @Order(1)
    SecurityFilterChain authorizationServer(HttpSecurity http) throws Exception {
        OAuth2AuthorizationServerConfigurer server = OAuth2AuthorizationServerConfigurer.authorizationServer();
        // Only who asks for a page is sent to the login page, as Spring Boot's own configuration has it.
        MediaTypeRequestMatcher page = new MediaTypeRequestMatcher(MediaType.TEXT_HTML);
        page.setIgnoredMediaTypes(Set.of(MediaType.ALL));
        return http.securityMatcher(server.getEndpointsMatcher())
            .with(server, configured -> configured.oidc(Customizer.withDefaults()))
            .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
            .exceptionHandling(problems -> problems.defaultAuthenticationEntryPointFor(
                new LoginUrlAuthenticationEntryPoint("/login"), page))
            .build();
    }

    @Bean
    @Order(2)
    SecurityFilterChain api(HttpSecurity http) throws Exception {
        return http.securityMatcher("/api/**")
            .authorizeHttpRequests(requests -> requests.anyRequest().hasAuthority("SCOPE_read"))
            .oauth2ResourceServer(resource -> resource.jwt(Customizer.withDefaults()))
            .build();
    }

    @Bean
    @Order(3)
    SecurityFilterChain pages(HttpSecurity http) throws Exception {
        // Without it an error of the protocol endpoints would end on the login page.
        return http.authorizeHttpRequests(requests -> requests
                .requestMatchers("/error").permitAll()
                .anyRequest().authenticated())
            .formLogin(Customizer.withDefaults())
            .build();
    }

    @GetMapping("/api/me")
    Map<String, String> me(Principal principal) {
        return Map.of("sub", principal.getName());
    }

    @Bean
    UserDetailsService users() {
        List<Map<String, Object>> users = setting("SERVER_USERS", new TypeReference<>() {});
        return new InMemoryUserDetailsManager(users.stream().map(Server::user).toList());
    }

    private static UserDetails user(Map<String, Object> given) {
        return User.withUsername((String) given.get("username"))
            .password("{noop}" + given.get("password"))
            .roles("USER")
            .build();
    }

    @Bean
    RegisteredClientRepository clients() {
        List<Map<String, Object>> clients = setting("SERVER_CLIENTS", new TypeReference<>() {});
        Map<String, Integer> lifetimes = setting("SERVER_LIFETIMES", new TypeReference<>() {});
        return new InMemoryRegisteredClientRepository(
            clients.stream().map(one -> client(one, lifetimes)).toList());
    }

    @SuppressWarnings("unchecked")
    private static RegisteredClient client(Map<String, Object> given, Map<String, Integer> lifetimes) {
        RegisteredClient.Builder made = RegisteredClient.withId(UUID.randomUUID().toString())
            .clientId((String) given.get("client_id"))
            .clientName((String) given.get("client_id"))
            .clientAuthenticationMethod(
                new ClientAuthenticationMethod((String) given.get("token_endpoint_auth_method")));
        if (given.containsKey("client_secret")) {
            made.clientSecret("{noop}" + given.get("client_secret"));
        }
        // One without grants only authenticates; the builder asks for one all the same.
        List<String> grants = (List<String>) given.getOrDefault("grant_types", List.of("client_credentials"));
        grants.forEach(grant -> made.authorizationGrantType(new AuthorizationGrantType(grant)));
        ((List<String>) given.getOrDefault("redirect_uris", List.of())).forEach(made::redirectUri);
        for (String scope : ((String) given.getOrDefault("scope", "")).split(" ")) {
            if (!scope.isEmpty()) {
                made.scope(scope);
            }
        }
        return made
            .clientSettings(ClientSettings.builder().requireProofKey(true).requireAuthorizationConsent(true).build())
            .tokenSettings(TokenSettings.builder()
                .authorizationCodeTimeToLive(Duration.ofSeconds(lifetimes.get("code")))
                .accessTokenTimeToLive(Duration.ofSeconds(lifetimes.get("access_token")))
                .refreshTokenTimeToLive(Duration.ofSeconds(lifetimes.get("refresh_token")))
                .reuseRefreshTokens(false)
                .build())
            .build();
    }

    @Bean
    JWKSource<SecurityContext> keys() throws NoSuchAlgorithmException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair pair = generator.generateKeyPair();
        RSAKey key = new RSAKey.Builder((RSAPublicKey) pair.getPublic())
            .privateKey(pair.getPrivate())
            .keyID(UUID.randomUUID().toString())
            .build();
        return new ImmutableJWKSet<>(new JWKSet(key));
    }

    @Bean
    JwtDecoder jwtDecoder(JWKSource<SecurityContext> keys) {
        return OAuth2AuthorizationServerConfiguration.jwtDecoder(keys);
    }

    @Bean
    AuthorizationServerSettings serverSettings() {
        return AuthorizationServerSettings.builder().issuer(issuer()).build();
    }
}
