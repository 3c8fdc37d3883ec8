"""A Django project with django-oauth-toolkit, as a new project is made."""
