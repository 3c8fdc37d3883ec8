"""The words of login, consent and error pages in many languages; no brand among them."""

from __future__ import annotations

import re
from enum import Enum


class Sense(Enum):
    """What pressing a button would say."""

    YES = "yes"
    MAYBE_YES = "go on"
    NO = "no"
    MAYBE_NO = "leave"


def _pattern(stems: str = "", words: str = "", anywhere: str = "") -> re.Pattern[str]:
    """Stems begin a word, words stand alone; `anywhere` is for scripts without blanks."""
    parts = []
    if stems:
        parts.append(rf"(?<!\w)(?:{'|'.join(map(_spaced, stems.split()))})")
    if words:
        parts.append(rf"(?<!\w)(?:{'|'.join(map(_spaced, words.split()))})(?!\w)")
    if anywhere:
        parts.append(rf"(?:{'|'.join(map(_spaced, anywhere.split()))})")
    return re.compile("|".join(parts), re.IGNORECASE)


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _spaced(word: str) -> str:
    return word.replace("_", r"[\s_\-]*")


_NO = _pattern(
    "deny denied reject refus declin cancel abort disallow disagree disapprov block "
    "ablehn verweiger abbrech abbruch verbiet annul rejet interdi deneg rechaz rehús "
    "rifiut neg[ao] recus rejeit weiger afwijz geweiger odm[óo]w odrzu anuluj "
    "neka avvis avbryt afvis nægt hylk kiel peruuta esty zam[íi]tn odm[íi]tn zruš "
    "reddet iptal отказ отклон отмен запрет відмов відхил скасув заборон "
    "elutas m[ée]gse resping refuz anuleaz απόρριψ άρνησ ακύρωσ",
    "no nein non nee não nie nej nei ei hayır нет ні όχι nem nu",
    "拒否 拒绝 拒絕 否认 キャンセル 許可しない 同意しない いいえ 取消 不允许 不同意 不許可 "
    "거부 거절 취소 아니 허용_안 رفض إلغاء",
)
_NEGATED = _pattern(
    words="not don['’]?t never nicht kein keine pas niet geen nie inte ikke ei ne не non não sin "
    "nincs",
    anywhere="しない ません 不 안함 않",
)
_MAYBE_NO = _pattern(
    "back close leave later zur[üu]ck schlie[ßs] retour fermer volver cerrar indietro chiudi "
    "voltar fechar terug sluit wróć zamknij tillbaka tilbage tilbake takaisin zpět geri назад",
    "not_now nicht_jetzt plus_tard ahora_no non_ora agora_não niet_nu nie_teraz",
    "戻る 返回 뒤로",
)
_YES = _pattern(
    "allow approv authori[sz] accept grant agree consent permit i_understand "
    "zulass erlaub zustimm genehmig akzeptier autorisier gestatt einwillig freigeb einverstanden "
    "autoris accepte approuv permett consenti j['’]accept "
    "permit autori[zc] acept aprob conced acepto "
    "autorizz accett approv permett conced acconsent "
    "aceit aprov consent "
    "toestaan toesta autoriser accepter goedkeur akkoord verleen "
    "zezw[óo]l zezwal autoryz akcept zaakcept zatwierd zgadzam pozw[óo]l udziel wyra[żz] "
    "till[åa]t godk[äa]nn godkend tillad godta godkjenn samtyck salli hyväksy "
    "povol schv[áa]l p[řr]ijm souhlas izin_ver onayla kabul "
    "разреш одобр принять соглас дозвол прийня погодж "
    "engedély elfogad permite accept autorize αποδοχή επιτρέ έγκριση",
    "allow_access",
    "許可 承認 同意 認可 承諾 允许 允許 授权 授權 接受 批准 허용 승인 동의 수락 السماح موافق",
)
_MAYBE_YES = _pattern(
    "continue proceed confirm submit bestätig fortfahr continu valid confirmer conferm confirmar "
    "doorga bevestig kontynuuj potwierd fortsätt fortsæt fortsett bekräft bekræft bekreft jatka "
    "vahvista pokrač potvrd devam продолж подтверд продовж підтверд folytat "
    "weiter avanzar avanti prosegui volgende dalej",
    "yes ok okay go next ja oui suivant sí si siguiente sì sim seguinte tak da yeah ano evet да "
    "так igen",
    "はい 続行 続ける 次へ 是 继续 確定 确定 确认 예 계속 확인 다음",
)

_ALLOWING = _set(
    "accept accepted allow allowed approve approved authorize authorise authorized grant granted "
    "agree agreed permit permitted confirm confirmed consented"
)
_DENYING = _set(
    "deny denied reject rejected refuse refused decline declined cancel canceled cancelled abort "
    "aborted disallow disagree disapprove block"
)
_TRUE = _set("yes y true 1 on ok consent authorization continue")
_FALSE = _set("no n false 0 off none")
_DECIDING = _set(
    "decision consent action confirm answer response submit choice approval authorization oauth"
)

LOGIN = _pattern(
    "sign_in log_in login logon signin authenticate anmeld einlogg s['’]identifier se_connect "
    "connexion identifi iniciar_sesión inicia_sesión acceder ingres accedi accesso entr[aã] "
    "iniciar_sessão inloggen aanmeld zaloguj logowanie logga_in log_ind logg_inn kirjaud "
    "přihlás giriş_yap oturum_aç войти вход увійти bejelentkez autentific σύνδεση",
    "",
    "ログイン サインイン 登录 登入 로그인",
)
USERNAME = _pattern(
    "user login e_?mail mail account ident nickname handle benutz konto nutzer utilis compte "
    "courriel usuari correo cuenta utent utiliz gebruik użytkow uzytkow nazwa användar bruger "
    "bruker käyttäj uživatel kullanıc e_posta пользов логин почт користув felhaszn",
    "uid",
    "ユーザ メール アカウント 用户 用戶 账号 帳號 邮箱 사용자 아이디 이메일",
)
PASSWORD = re.compile(r"pass|pwd|kennwort|contrase|senha|haslo|hasło|wachtwoord|パスワード", re.I)
SEARCH = _pattern("search such recherch busc cerca pesquis zoek szuk query", "q", "検索 搜索 검색")
REMEMBER = _pattern(
    "remember keep stay trust don['’]?t_ask merk angemeldet_bleib eingeloggt souvenir rester "
    "recu?[eo]rd mantener ricorda resta_coll lembrar manter onthoud ingelogd_blijv zapamięt "
    "newsletter subscrib marketing kom_ihåg husk muista",
    "",
    "記憶 保持 기억",
)
REGISTER = _pattern(
    "sign_up signup regist create_(?:an_|your_|a_new_)?account join konto_erstell s['’]inscri "
    "inscription créer crear_(?:una_)?cuenta crea_(?:un_)?account iscriv criar_conta cadastr "
    "account_aanmak załóż utwórz skapa_konto opret opprett luo_tili",
    "",
    "登録 注册 註冊 가입",
)
RECOVERY = _pattern(
    "forgot forgotten reset recover lost vergess zurücksetz oubli réinitial olvid recuper "
    "restablec dimentic reimposta esquec redefin vergeten herstel zapomnia przypomnij resetuj "
    "glömt glemt unohd zapomen unuttum забыли",
    "",
    "忘れ 忘记 忘記 찾기",
)
NEWS = _pattern("newsletter subscrib abonnier abonn suscri iscriv", "", "購読 订阅")
ELSEWHERE = re.compile(
    r"(?<!\w)(?:with|using|via|mit|über|avec|con|com|met|przez|med|s|с|ile)\s+(?!\w*(?:pass|mail|"
    r"user|kennwort|contrase|senha|haslo|wachtwoord|phone|code))\w|passkey|security key|"
    r"でログイン|で続行|でサインイン",
    re.IGNORECASE,
)
CONTINUE_AS = _pattern(
    "continue_as sign(?:ed)?_in_as logged_in_as choose_an_account pick_an_account "
    "select_an_account weiter_als angemeldet_als konto_auswähl konto_wähl continuer_en_tant "
    "connecté_en_tant choisi(?:r|ssez)_un_compte continuar_como elige_una_cuenta "
    "elegir_una_cuenta continua_come scegli_un_account escolh doorgaan_als kies_een_account "
    "kontynuuj_jako wybierz_konto fortsätt_som",
    "",
    "として続行 として続ける アカウントを選択 选择账号 계정_선택",
)
LOGGED_OUT = _pattern(
    "signed_out logged_out log_out_success abgemeldet ausgeloggt déconnecté cerrado_(?:la_)?sesión "
    "sesión_cerrada disconness sessão_encerrad uitgelogd afgemeld wylogowan utloggad logget_ud "
    "logget_ut kirjauduttu_ulos odhlášen",
    "",
    "ログアウトしました サインアウトしました 已退出 로그아웃되었",
)
ERROR = _pattern(
    "error_ invalid unknown_client unsupported mismatch malformed missing_param forbidden "
    "not_found bad_request something_went_wrong access_denied went_wrong fail oops "
    "fehler ungültig unzulässig fehlgeschlag nicht_gefunden verboten erreur invalide "
    "introuvable échoué inválid falló ha_fallado errore non_valid fallit erro_ fout_ "
    "ongeldig mislukt błąd błęd nieprawidł nie_powiod felaktig ogiltig fejl ugyldig feil_ virhe "
    "virheell chyb neplatn hata_ geçersiz ошибк неверн недопуст помилк недійсн hiba érvénytelen "
    "eroare σφάλμα",
    "error errors erro erreur fout fel redirect_uri unauthorized unauthorized_client "
    "invalid_request invalid_scope invalid_client unsupported_response_type server_error "
    "temporarily_unavailable expired abgelaufen expiré caducad scadut expirad verlopen wygas",
    "エラー 無効 不正 错误 錯誤 无效 오류 잘못된 خطأ",
)
MAINTENANCE = _pattern(
    "maintenance wartung mantenimiento manutenzione manutenção onderhoud", "", "メンテナンス 维护"
)
CREDENTIALS = _pattern(
    "enter_a_correct wrong_(?:user|pass|cred) invalid_(?:user|pass|cred|login|email) incorrect "
    "bad_credentials "
    "locked too_many_attempts falsch ungültige_anmelde gesperrt incorrect mot_de_passe "
    "incorrect[ao] credenzial bloquead nieprawidłow onjuist",
    "",
    "正しくありません 密码错误 비밀번호가",
)
ASKS = _pattern(
    "would_like wants? request permission access_to authori[sz] consent allow grant scopes? "
    "zugriff berechtig möchte erlaub zustimm souhaite accéd autoris permis desea quiere solicita "
    "acced permes desidera vorrebbe richied deseja acess toegang toestemming dostęp uprawnie "
    "chce tillgång adgang tilgang oikeu přístup erişim доступ hozzáfér",
    "",
    "アクセス 許可 権限 访问 权限 授权 액세스 권한",
)
COOKIES = _pattern("cookie cookies gdpr dsgvo rgpd", "", "クッキー 쿠키 کوکی")
CAPTCHA = _pattern(
    "captcha not_a_robot kein_roboter pas_un_robot no_soy_un_robot are_you_human "
    "verify_you_are_human",
    "",
    "ロボット 机器人 로봇이",
)
SECOND_FACTOR = _pattern(
    "two_factor 2fa mfa multi_factor second_factor authenticator verification_code security_code "
    "one_time one_time_code passcode otp totp zwei_faktor bestätigungscode sicherheitscode "
    "einmalcode double_authent code_de_vérif code_de_sécur dos_factores código_de_verif "
    "due_fattori codice_di_verif dois_fatores verificatiecode tweestaps kod_weryfik dwuetapow "
    "tvåfaktor",
    "",
    "認証コード 確認コード 二段階 验证码 双重 인증_코드",
)


def sense_of_text(text: str) -> Sense | None:
    """What a button's text says; long texts say nothing."""
    text = " ".join(text.split())
    if not text or len(text) > 60:
        return None
    if _NO.search(text):
        return Sense.NO
    if _YES.search(text):
        return Sense.NO if _NEGATED.search(text) else Sense.YES
    if _MAYBE_NO.search(text):
        return Sense.MAYBE_NO
    return Sense.MAYBE_YES if _MAYBE_YES.search(text) else None


def sense_of_names(name: str, value: str = "") -> Sense | None:
    """What the name and the value of a control say to the server: `decision=deny`."""
    named = _tokens(name)
    valued = _tokens(value)
    by_name = Sense.NO if named & _DENYING else Sense.YES if named & _ALLOWING else None
    if valued & _DENYING:
        return Sense.NO
    if valued & _ALLOWING:
        return Sense.YES
    if by_name is not None:
        against = bool(valued & _FALSE)
        return {Sense.YES: Sense.NO, Sense.NO: Sense.YES}[by_name] if against else by_name
    if named & _DECIDING:
        return Sense.NO if valued & _FALSE else Sense.YES if valued & _TRUE else None
    return None


def _tokens(text: str) -> frozenset[str]:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return frozenset(re.findall(r"[a-z]+|\d+", parted.lower()))
