"""Addresses of people's own pages. Of allauth only what is named here can be reached.

`account_signup` and `account_inactive` exist because allauth reverses them.
"""

from allauth.account import views as allauth
from django.urls import path, re_path

from lms.people.views import account, pages

urlpatterns = [
    path("sign-in/", account.SignIn.as_view(), name="account_login"),
    path("sign-in/closed/", pages.account_inactive, name="account_inactive"),
    path("sign-up/", pages.signup_closed, name="account_signup"),
    path("sign-out/", account.SignOut.as_view(), name="account_logout"),
    path("welcome/", account.welcome, name="welcome"),
    path("invitation/<str:token>/", account.invitation, name="invitation"),
    path("account/", account.account, name="account"),
    path("account/password/", account.ChangePassword.as_view(), name="account_change_password"),
    path("password/", account.AskForLink.as_view(), name="account_reset_password"),
    path("password/sent/", allauth.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[0-9A-Za-z-]+)/$",
        account.PasswordFromLink.as_view(),
        name="account_reset_password_from_key",
    ),
    path(
        "password/changed/",
        allauth.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("language/", account.set_language, name="set_language"),
    path("help/", pages.show_help, name="help"),
]
