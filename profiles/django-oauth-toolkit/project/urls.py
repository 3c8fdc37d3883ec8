"""The toolkit under o/, as its documentation mounts it; pages to log in and out; a resource."""

import json
import os

from django.contrib.auth.views import LoginView, LogoutView
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path
from django.views.decorators.http import require_http_methods
from django.views.generic import TemplateView
from oauth2_provider import urls as oauth2_urls
from oauth2_provider.decorators import protected_resource

RESOURCE = json.loads(os.environ["SERVER_RESOURCES"])[0]


@require_http_methods([RESOURCE["method"]])
@protected_resource(scopes=[RESOURCE["scope"]])
def me(request: HttpRequest) -> HttpResponse:
    """The protected resource of the profile, guarded by the toolkit's own decorator."""
    return JsonResponse({"username": request.resource_owner.get_username()})


urlpatterns = [
    path("", include(oauth2_urls.metadata_urlpatterns)),
    path("o/", include(oauth2_urls, namespace="oauth2_provider")),
    path("accounts/login/", LoginView.as_view(), name="login"),
    path("accounts/logout/", LogoutView.as_view(next_page="login"), name="logout"),
    path("accounts/profile/", TemplateView.as_view(template_name="registration/profile.html")),
    path(RESOURCE["url"].removeprefix("/"), me),
]
