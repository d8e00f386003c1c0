"""Addresses of people's own pages. Of allauth only what is named here can be reached.

`account_signup` and `account_inactive` exist because allauth reverses them.
"""

from allauth.account import views as allauth
from django.urls import path, re_path

from lms.people.views import account, factors, pages

urlpatterns = [
    path("sign-in/", account.SignIn.as_view(), name="account_login"),
    path("sign-in/second/", factors.second_step, name="mfa_authenticate"),
    path("sign-in/closed/", pages.account_inactive, name="account_inactive"),
    path("sign-up/", pages.signup_closed, name="account_signup"),
    path("sign-out/", account.SignOut.as_view(), name="account_logout"),
    path("welcome/", account.welcome, name="welcome"),
    path("invitation/<str:token>/", account.invitation, name="invitation"),
    path("account/", account.account, name="account"),
    path("account/password/", account.ChangePassword.as_view(), name="account_change_password"),
    path("account/password/again/", factors.password_again, name="account_reauthenticate"),
    path("account/second-factor/", factors.factors, name="mfa_index"),
    path("account/second-factor/app/", factors.set_up_app, name="mfa_activate_totp"),
    path("account/second-factor/codes/", factors.codes, name="mfa_view_recovery_codes"),
    path(
        "account/second-factor/codes/new/",
        factors.make_codes,
        name="mfa_generate_recovery_codes",
    ),
    path("account/second-factor/passkeys/new/", factors.add_passkey, name="mfa_add_webauthn"),
    path(
        "account/second-factor/passkeys/<int:pk>/",
        factors.rename_passkey,
        name="mfa_edit_webauthn",
    ),
    path("account/second-factor/<int:pk>/remove/", factors.remove, name="mfa_remove"),
    path("account/sessions/", factors.sessions, name="usersessions_list"),
    path("account/sessions/<int:pk>/end/", factors.end_session, name="usersessions_end"),
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
