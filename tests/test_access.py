"""Every route and method, by everybody: no cell has a default, no route is left out.

`login` is a redirect to a sign-in page; numbers are statuses. POSTs carry good data, so that one
that is let through really acts. 403 is for a verb refused on a thing that the person may see.
"""

import re
from collections.abc import Iterator
from functools import cache as cache_of_calls
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.admin import site
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from django.utils import timezone

from courses.actions.calendar import open_feed
from courses.models import Assignment, Course
from courses.views.trainer import publish
from lms.people.actions.jobs import start_job
from lms.people.actions.posts import discharge
from lms.people.invitations import token_for
from lms.people.models import Kind, Membership, PersonRequest, Role, StaffImport, User
from lms.privacy.models import DataExport
from tests import factories, worlds
from tests.quizzes.authoring import filled
from tests.worlds import PASSWORD, WHO, World

pytestmark = pytest.mark.once

# The other officer shares the unit; `away` has his in another subtree, `abroad` in another service.
# "elsewhere" is another subtree of the service, an administrator's is another service.
TABLE = """
route                                  method stranger officer other away abroad trainer trainer_elsewhere coordinator coordinator_elsewhere administrator administrator_elsewhere operator
home                                   GET    login 200 200 200 200   200 200   200 200   200 200   302
home                                   POST   login 405 405 405 405   405 405   405 405   405 405   405
learning                               GET    login 200 200 200 200   200 200   200 200   200 200   200
learning                               POST   login 405 405 405 405   405 405   405 405   405 405   405
teaching                               GET    login 403 403 403 403   200 200   403 403   200 200   403
teaching                               POST   login 405 405 405 405   405 405   405 405   405 405   405

live                                   GET    200   200 200 200 200   200 200   200 200   200 200   200
live                                   POST   405   405 405 405 405   405 405   405 405   405 405   405
ready                                  GET    200   200 200 200 200   200 200   200 200   200 200   200
ready                                  POST   405   405 405 405 405   405 405   405 405   405 405   405
version                                GET    200   200 200 200 200   200 200   200 200   200 200   200
version                                POST   405   405 405 405 405   405 405   405 405   405 405   405

account_login                          GET    200   302 302 302 302   302 302   302 302   302 302   302
account_login                          POST   302   302 302 302 302   302 302   302 302   302 302   302
account_inactive                       GET    200   200 200 200 200   200 200   200 200   200 200   200
account_inactive                       POST   405   405 405 405 405   405 405   405 405   405 405   405
account_signup                         GET    200   200 200 200 200   200 200   200 200   200 200   200
account_signup                         POST   405   405 405 405 405   405 405   405 405   405 405   405
account_logout                         GET    login 200 200 200 200   200 200   200 200   200 200   200
account_logout                         POST   login login login login login login login login login login login login
welcome                                GET    login 302 302 302 302   302 302   302 302   302 302   200
welcome                                POST   login 302 302 302 302   302 302   302 302   302 302   302
account                                GET    login 200 200 200 200   200 200   200 200   200 200   200
account                                POST   login 302 302 302 302   302 302   302 302   302 302   302
account_change_password                GET    login 200 200 200 200   200 200   200 200   200 200   200
account_change_password                POST   login 302 302 302 302   302 302   302 302   302 302   302
mfa_authenticate                       GET    login 302 302 302 302   302 302   302 302   302 302   302
mfa_authenticate                       POST   login 302 302 302 302   302 302   302 302   302 302   302
account_reauthenticate                 GET    login 200 200 200 200   200 200   200 200   200 200   200
account_reauthenticate                 POST   login 302 302 302 302   302 302   302 302   302 302   302
mfa_index                              GET    login 200 200 200 200   200 200   200 200   200 200   200
mfa_index                              POST   login 405 405 405 405   405 405   405 405   405 405   405
mfa_activate_totp                      GET    login 302 302 302 302   302 302   302 302   302 302   302
mfa_activate_totp                      POST   login 302 302 302 302   302 302   302 302   302 302   302
mfa_view_recovery_codes                GET    login 404 404 404 404   404 404   404 404   404 404   404
mfa_view_recovery_codes                POST   login 405 405 405 405   405 405   405 405   405 405   405
mfa_generate_recovery_codes            GET    login 302 302 302 302   302 302   302 302   302 302   302
mfa_generate_recovery_codes            POST   login 302 302 302 302   302 302   302 302   302 302   302
mfa_add_webauthn                       GET    login 302 302 302 302   302 302   302 302   302 302   302
mfa_add_webauthn                       POST   login 302 302 302 302   302 302   302 302   302 302   302
mfa_edit_webauthn                      GET    login 302 302 302 302   302 302   302 302   302 302   302
mfa_edit_webauthn                      POST   login 302 302 302 302   302 302   302 302   302 302   302
mfa_remove                             GET    login 302 302 302 302   302 302   302 302   302 302   302
mfa_remove                             POST   login 302 302 302 302   302 302   302 302   302 302   302
usersessions_list                      GET    login 200 200 200 200   200 200   200 200   200 200   200
usersessions_list                      POST   login 302 302 302 302   302 302   302 302   302 302   302
usersessions_end                       GET    login 405 405 405 405   405 405   405 405   405 405   405
usersessions_end                       POST   login 302 302 302 302   302 302   302 302   302 302   302
account_reset_password                 GET    200   200 200 200 200   200 200   200 200   200 200   200
account_reset_password                 POST   302   302 302 302 302   302 302   302 302   302 302   302
account_reset_password_done            GET    200   200 200 200 200   200 200   200 200   200 200   200
account_reset_password_done            POST   405   405 405 405 405   405 405   405 405   405 405   405
account_reset_password_from_key        GET    302   302 302 302 302   302 302   302 302   302 302   302
account_reset_password_from_key        POST   302   302 302 302 302   302 302   302 302   302 302   302
account_reset_password_from_key_done   GET    200   200 200 200 200   200 200   200 200   200 200   200
account_reset_password_from_key_done   POST   405   405 405 405 405   405 405   405 405   405 405   405
set_language                           GET    405   405 405 405 405   405 405   405 405   405 405   405
set_language                           POST   302   302 302 302 302   302 302   302 302   302 302   302
help                                   GET    200   200 200 200 200   200 200   200 200   200 200   200
help                                   POST   405   405 405 405 405   405 405   405 405   405 405   405
privacy                                GET    200   200 200 200 200   200 200   200 200   200 200   200
privacy                                POST   405   405 405 405 405   405 405   405 405   405 405   405
own_data                               GET    login 200 200 200 200   200 200   200 200   200 200   200
own_data                               POST   login 302 302 302 302   302 302   302 302   302 302   302
own_data_file                          GET    login 200 404 404 404   404 404   404 404   404 404   404
own_data_file                          POST   login 405 405 405 405   405 405   405 405   405 405   405
erase                                  GET    login 403 404 404 404   403 404   403 404   302 404   404
erase                                  POST   login 403 404 404 404   403 404   403 404   302 404   404
erase/closed                           GET    login 404 404 404 404   404 404   404 404   200 404   404
erase/closed                           POST   login 404 404 404 404   404 404   404 404   302 404   404

course-file                            GET    login 200 200 404 404   200 404   200 404   200 404   404
course-file                            POST   login 405 405 405 405   405 405   405 405   405 405   405
courses:catalogue                      GET    login 200 200 200 200   200 200   200 200   200 200   200
courses:catalogue                      POST   login 405 405 405 405   405 405   405 405   405 405   405
courses:course                         GET    login 200 200 404 404   200 404   200 404   200 404   404
courses:course                         POST   login 405 405 405 405   405 405   405 405   405 405   405
courses:course/closed                  GET    login 200 200 404 404   200 404   200 404   200 404   404
courses:course/draft                   GET    login 404 404 404 404   404 404   404 404   404 404   404
courses:enrol                          GET    login 405 405 405 405   405 405   405 405   405 405   405
courses:enrol                          POST   login 302 302 404 404   403 404   403 404   403 404   404
courses:enrol/closed                   POST   login 403 403 404 404   403 404   403 404   403 404   404
courses:enrol/draft                    POST   login 404 404 404 404   403 404   404 404   403 404   404
courses:language                       GET    login 405 405 405 405   405 405   405 405   405 405   405
courses:language                       POST   login 302 302 404 404   302 404   302 404   302 404   404
courses:lesson                         GET    login 200 200 404 404   200 404   200 404   200 404   404
courses:lesson                         POST   login 405 405 405 405   405 405   405 405   405 405   405
courses:lesson/quiz                    GET    login 200 200 404 404   200 404   200 404   200 404   404
courses:lesson-done                    GET    login 405 405 405 405   405 405   405 405   405 405   405
courses:lesson-done                    POST   login 302 403 404 404   403 404   403 404   403 404   404

glossary:list                          GET    login 200 200 200 200   200 200   200 200   200 200   200
glossary:list                          POST   login 405 405 405 405   405 405   405 405   405 405   405
glossary:new                           GET    login 403 403 403 403   200 200   403 403   200 200   403
glossary:new                           POST   login 403 403 403 403   302 302   403 403   302 302   403
glossary:term                          GET    login 403 403 403 404   200 200   403 403   200 404   404
glossary:term                          POST   login 403 403 403 404   302 302   403 403   302 404   404

quizzes:start                          GET    login 405 405 405 405   405 405   405 405   405 405   405
quizzes:start                          POST   login 302 403 404 404   403 404   403 404   403 404   404
quizzes:attempt                        GET    login 200 404 404 404   403 404   403 404   403 404   404
quizzes:attempt                        POST   login 302 404 404 404   403 404   403 404   403 404   404
quizzes:save                           GET    405   405 405 405 405   405 405   405 405   405 405   405
quizzes:save                           POST   401   200 404 404 404   403 404   403 404   403 404   404
quizzes:finish                         GET    login 200 404 404 404   403 404   403 404   403 404   404
quizzes:finish                         POST   login 302 404 404 404   403 404   403 404   403 404   404
quizzes:result                         GET    login 200 404 404 404   403 404   403 404   403 404   404
quizzes:result                         POST   login 405 405 405 405   405 405   405 405   405 405   405

certificates:list                      GET    login 200 200 200 200   200 200   200 200   200 200   200
certificates:list                      POST   login 405 405 405 405   405 405   405 405   405 405   405
certificates:download                  GET    login 200 404 404 404   404 404   200 404   200 404   404
certificates:download                  POST   login 405 405 405 405   405 405   405 405   405 405   405
certificates:verify                    GET    200   200 200 200 200   200 200   200 200   200 200   200
certificates:verify                    POST   405   405 405 405 405   405 405   405 405   405 405   405
certificates:verified                  GET    200   200 200 200 200   200 200   200 200   200 200   200
certificates:verified                  POST   405   405 405 405 405   405 405   405 405   405 405   405

invitation                             GET    200   200 200 200 200   200 200   200 200   200 200   200
invitation                             POST   302   302 302 302 302   302 302   302 302   302 302   302
staff:list                             GET    login 403 403 403 403   403 403   403 403   200 200   403
staff:list                             POST   login 405 405 405 405   405 405   405 405   405 405   405
staff:new                              GET    login 403 403 403 403   403 403   200 200   200 200   403
staff:new                              POST   login 403 403 403 403   403 403   302 200   302 200   403
staff:person                           GET    login 404 404 404 404   404 404   200 404   200 404   404
staff:person                           POST   login 405 405 405 405   405 405   405 405   405 405   405
staff:act                              GET    login 405 405 405 405   405 405   405 405   405 405   405
staff:act                              POST   login 404 404 404 404   404 404   302 404   302 404   404
staff:act/role                         POST   login 404 404 404 404   404 404   403 404   302 404   404
staff:act/factor                       POST   login 404 404 404 404   404 404   403 404   302 404   404
staff:open                             GET    login 405 405 405 405   405 405   405 405   405 405   405
staff:open                             POST   login 404 404 404 404   404 404   302 404   302 404   404
staff:end                              GET    login 405 405 405 405   405 405   405 405   405 405   405
staff:end                              POST   login 404 404 404 404   404 404   302 404   302 404   404
staff:end/post                         POST   login 404 404 404 404   404 404   403 404   403 404   404
staff:requests                         GET    login 403 403 403 403   403 403   403 403   200 200   403
staff:requests                         POST   login 405 405 405 405   405 405   405 405   405 405   405
staff:settle                           GET    login 405 405 405 405   405 405   405 405   405 405   405
staff:settle                           POST   login 404 404 404 404   404 404   404 404   302 404   404
staff:import                           GET    login 403 403 403 403   403 403   200 200   200 200   403
staff:import                           POST   login 403 403 403 403   403 403   302 200   302 200   403
staff:import-template                  GET    login 403 403 403 403   403 403   200 200   200 200   403
staff:import-template                  POST   login 405 405 405 405   405 405   405 405   405 405   405
staff:import-list                      GET    login 403 403 403 403   403 403   200 404   404 404   403
staff:import-list                      POST   login 405 405 405 405   405 405   405 405   405 405   405
staff:import-columns                   GET    login 403 403 403 403   403 403   200 404   404 404   403
staff:import-columns                   POST   login 403 403 403 403   403 403   302 404   404 404   403
staff:import-apply                     GET    login 405 405 405 405   405 405   405 405   405 405   405
staff:import-apply                     POST   login 403 403 403 403   403 403   302 404   404 404   403
staff:import-undo                      GET    login 405 405 405 405   405 405   405 405   405 405   405
staff:import-undo                      POST   login 403 403 403 403   403 403   302 404   404 404   403
staff:import-rejected                  GET    login 403 403 403 403   403 403   200 404   404 404   403
staff:import-rejected                  POST   login 405 405 405 405   405 405   405 405   405 405   405

calendar:settings                      GET    login 200 200 200 200   200 200   200 200   200 200   200
calendar:settings                      POST   login 302 302 302 302   302 302   302 302   302 302   302
calendar:feed                          GET    200   200 200 200 200   200 200   200 200   200 200   200
calendar:feed                          POST   405   405 405 405 405   405 405   405 405   405 405   405

jobs:list                              GET    login 200 200 200 200   200 200   200 200   200 200   200
jobs:list                              POST   login 405 405 405 405   405 405   405 405   405 405   405
jobs:job                               GET    login 404 404 404 404   404 404   200 404   404 404   404
jobs:job                               POST   login 405 405 405 405   405 405   405 405   405 405   405
jobs:sheet                             GET    login 404 404 404 404   404 404   200 404   404 404   404
jobs:sheet                             POST   login 405 405 405 405   405 405   405 405   405 405   405
jobs:printed                           GET    login 405 405 405 405   405 405   405 405   405 405   405
jobs:printed                           POST   login 404 404 404 404   404 404   302 404   404 404   404
bulk:start                             GET    login 405 405 405 405   405 405   405 405   405 405   405
bulk:start                             POST   login 403 403 403 403   403 403   302 302   302 302   403
bulk:confirm                           GET    login 403 403 403 403   403 403   200 302   200 302   403
bulk:confirm                           POST   login 403 403 403 403   403 403   302 302   302 302   403
reports:officers                       GET    login 403 403 403 403   403 403   200 200   200 200   403
reports:officers                       POST   login 405 405 405 405   405 405   405 405   405 405   405
reports:officers-export                GET    login 403 403 403 403   403 403   200 200   200 200   403
reports:officers-export                POST   login 405 405 405 405   405 405   405 405   405 405   405
reports:enrolments                     GET    login 403 403 403 403   403 403   200 200   200 200   403
reports:enrolments                     POST   login 405 405 405 405   405 405   405 405   405 405   405
reports:enrolments-export              GET    login 403 403 403 403   403 403   200 200   200 200   403
reports:enrolments-export              POST   login 405 405 405 405   405 405   405 405   405 405   405
reports:expiring                       GET    login 403 403 403 403   403 403   200 200   200 200   403
reports:expiring                       POST   login 405 405 405 405   405 405   405 405   405 405   405
reports:expiring-export                GET    login 403 403 403 403   403 403   200 200   200 200   403
reports:expiring-export                POST   login 405 405 405 405   405 405   405 405   405 405   405
reports:protocol                       GET    login 403 403 403 403   403 403   200 200   200 200   403
reports:protocol                       POST   login 405 405 405 405   405 405   405 405   405 405   405
reports:protocol-pdf                   GET    login 403 403 403 403   403 403   302 302   302 302   403
reports:protocol-pdf                   POST   login 405 405 405 405   405 405   405 405   405 405   405
reports:audit                          GET    login 403 403 403 403   403 403   403 403   200 200   403
reports:audit                          POST   login 405 405 405 405   405 405   405 405   405 405   405
reports:audit-export                   GET    login 403 403 403 403   403 403   403 403   200 200   403
reports:audit-export                   POST   login 405 405 405 405   405 405   405 405   405 405   405
reports:overview                       GET    login 403 403 403 403   403 403   200 200   200 200   403
reports:overview                       POST   login 405 405 405 405   405 405   405 405   405 405   405
reports:officer                        GET    login 404 404 404 404   404 404   200 404   200 404   404
reports:officer                        POST   login 405 405 405 405   405 405   405 405   405 405   405
reports:extend                         GET    login 404 404 404 404   404 404   200 404   200 404   404
reports:extend                         POST   login 404 404 404 404   404 404   302 404   302 404   404
reports:cancel                         GET    login 404 404 404 404   404 404   200 404   200 404   404
reports:cancel                         POST   login 404 404 404 404   404 404   302 404   302 404   404
reports:remind                         GET    login 405 405 405 405   405 405   405 405   405 405   405
reports:remind                         POST   login 404 404 404 404   404 404   302 404   302 404   404
reports:grant                          GET    login 404 404 404 404   404 404   302 404   302 404   404
reports:grant                          POST   login 404 404 404 404   404 404   302 404   302 404   404
assignments:list                       GET    login 403 403 403 403   403 403   200 200   200 200   403
assignments:list                       POST   login 405 405 405 405   405 405   405 405   405 405   405
assignments:new                        GET    login 403 403 403 403   403 403   200 200   200 200   403
assignments:new                        POST   login 403 403 403 403   403 403   302 200   302 200   403
assignments:assignment                 GET    login 404 404 404 404   404 404   200 404   200 404   404
assignments:assignment                 POST   login 405 405 405 405   405 405   405 405   405 405   405
assignments:end                        GET    login 405 405 405 405   405 405   405 405   405 405   405
assignments:end                        POST   login 404 404 404 404   404 404   302 404   302 404   404

teaching:new                           GET    login 403 403 403 403   200 200   403 403   200 200   403
teaching:new                           POST   login 403 403 403 403   302 200   403 403   302 200   403
teaching:course                        GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:course                        POST   login 405 405 405 405   405 405   405 405   405 405   405
teaching:settings                      GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:settings                      POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:outcomes                      GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:outcomes                      POST   login 405 405 405 405   405 405   405 405   405 405   405
teaching:guide                         GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:guide                         POST   login 405 405 405 405   405 405   405 405   405 405   405
teaching:archive                       GET    login 405 405 405 405   405 405   405 405   405 405   405
teaching:archive                       POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:arrange                       GET    login 405 405 405 405   405 405   405 405   405 405   405
teaching:arrange                       POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:publish                       GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:publish                       POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:preview                       GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:preview                       POST   login 405 405 405 405   405 405   405 405   405 405   405
teaching:preview-lesson                GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:preview-lesson                POST   login 405 405 405 405   405 405   405 405   405 405   405
teaching:add-module                    GET    login 405 405 405 405   405 405   405 405   405 405   405
teaching:add-module                    POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:module                        GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:module                        POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:add-lesson                    GET    login 405 405 405 405   405 405   405 405   405 405   405
teaching:add-lesson                    POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:lesson                        GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:lesson                        POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:lesson-text                   GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:lesson-text                   POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:text-draft                    GET    405   405 405 405 405   405 405   405 405   405 405   405
teaching:text-draft                    POST   401   404 404 404 404   200 404   404 404   200 404   404
teaching:text-away                     GET    login 405 405 405 405   405 405   405 405   405 405   405
teaching:text-away                     POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:text-picture                  GET    login 405 405 405 405   405 405   405 405   405 405   405
teaching:text-picture                  POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:text-history                  GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:text-history                  POST   login 405 405 405 405   405 405   405 405   405 405   405
teaching:text-restore                  GET    login 405 405 405 405   405 405   405 405   405 405   405
teaching:text-restore                  POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:translations                  GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:translations                  POST   login 405 405 405 405   405 405   405 405   405 405   405
teaching:video                         GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:video                         POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:file                          GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:file                          POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:practical                     GET    login 404 404 404 404   200 404   404 404   200 404   404
teaching:practical                     POST   login 404 404 404 404   302 404   404 404   302 404   404
teaching:ticks                         GET    login 403 403 403 403   200 200   403 403   200 200   403
teaching:ticks                         POST   login 405 405 405 405   405 405   405 405   405 405   405
teaching:tick                          GET    login 403 404 404 404   200 404   403 404   200 404   404
teaching:tick                          POST   login 403 404 404 404   302 404   403 404   302 404   404

banks:list                             GET    login 403 403 403 403   200 200   403 403   200 200   403
banks:list                             POST   login 403 403 403 403   302 200   403 403   302 200   403
banks:bank                             GET    login 404 404 404 404   200 404   404 404   200 404   404
banks:bank                             POST   login 405 405 405 405   405 405   405 405   405 405   405
banks:new                              GET    login 404 404 404 404   200 404   404 404   200 404   404
banks:new                              POST   login 404 404 404 404   302 404   404 404   302 404   404
banks:preview                          GET    login 405 405 405 405   405 405   405 405   405 405   405
banks:preview                          POST   login 404 404 404 404   200 404   404 404   200 404   404
banks:question                         GET    login 404 404 404 404   200 404   404 404   200 404   404
banks:question                         POST   login 404 404 404 404   302 404   404 404   302 404   404
banks:history                          GET    login 404 404 404 404   200 404   404 404   200 404   404
banks:history                          POST   login 405 405 405 405   405 405   405 405   405 405   405
banks:restore                          GET    login 405 405 405 405   405 405   405 405   405 405   405
banks:restore                          POST   login 404 404 404 404   302 404   404 404   302 404   404
banks:retire                           GET    login 405 405 405 405   405 405   405 405   405 405   405
banks:retire                           POST   login 404 404 404 404   302 404   404 404   302 404   404
banks:quiz                             GET    login 404 404 404 404   200 404   404 404   200 404   404
banks:quiz                             POST   login 404 404 404 404   302 404   404 404   302 404   404
banks:pick                             GET    login 404 404 404 404   200 404   404 404   200 404   404
banks:pick                             POST   login 404 404 404 404   302 404   404 404   302 404   404
banks:try                              GET    login 404 404 404 404   200 404   404 404   200 404   404
banks:try                              POST   login 404 404 404 404   200 404   404 404   200 404   404

admin:*                                GET    login login login login login login login login login login login 200
admin:*                                POST   login login login login login login login login login login login 200
"""  # noqa: E501 - a cell is found by its column


class Row(NamedTuple):
    route: str  # a view's name, "/" and a variant where one address is not enough
    method: str
    cells: dict[str, str]

    @property
    def name(self) -> str:
        return self.route.partition("/")[0]


def rows() -> list[Row]:
    head, *lines = (line.split() for line in TABLE.splitlines() if line.strip())
    assert tuple(head[2:]) == WHO
    return [Row(line[0], line[1], dict(zip(WHO, line[2:], strict=True))) for line in lines]


ROWS = rows()
ADMIN = "admin:*"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[World]:
    with worlds.kept(django_db_blocker):
        yield worlds.build(tmp_path_factory.mktemp("media"))


@pytest.fixture(scope="module")
def places(world: World) -> dict[str, str]:
    """The addresses, and what they need to exist, made once for all rows of the table."""
    with override_settings(MEDIA_ROOT=world.media):
        return addresses(world)


@pytest.fixture(autouse=True)
def _files(world: World, places: dict[str, str], settings, _media, db) -> None:
    settings.MEDIA_ROOT = world.media


def addresses(world: World) -> dict[str, str]:
    """The address of each route that takes an argument, and of the variants."""
    code, key = world.course.code, world.reading.key
    officer = world.people.officer
    return {
        "course-file": reverse("course-file", args=[world.file.pk, world.file.name]),
        "courses:course": reverse("courses:course", args=[code]),
        "courses:course/closed": reverse("courses:course", args=[world.closed.code]),
        "courses:course/draft": reverse("courses:course", args=[world.draft.code]),
        "courses:enrol": reverse("courses:enrol", args=[code]),
        "courses:enrol/closed": reverse("courses:enrol", args=[world.closed.code]),
        "courses:enrol/draft": reverse("courses:enrol", args=[world.draft.code]),
        "courses:language": reverse("courses:language", args=[code]),
        "courses:lesson": reverse("courses:lesson", args=[code, key]),
        "courses:lesson/quiz": reverse("courses:lesson", args=[code, world.quiz.key]),
        "courses:lesson-done": reverse("courses:lesson-done", args=[code, key]),
        "glossary:term": reverse("glossary:term", args=["check-digit"]),
        "quizzes:start": reverse("quizzes:start", args=[code, world.quiz.key]),
        "quizzes:attempt": reverse("quizzes:attempt", args=[world.attempt.pk]),
        "quizzes:save": reverse("quizzes:save", args=[world.attempt.pk]),
        "quizzes:finish": reverse("quizzes:finish", args=[world.attempt.pk]),
        "quizzes:result": reverse("quizzes:result", args=[world.failed.pk]),
        "certificates:download": reverse("certificates:download", args=[world.certificate.pk]),
        "certificates:verified": world.certificate.get_absolute_url(),
        **{
            name: reverse(name, args=[1])  # which one: asked for after the password
            for name in ("mfa_edit_webauthn", "mfa_remove", "usersessions_end")
        },
        **staff_addresses(world),
        **data_addresses(world),
        "calendar:feed": reverse(
            "calendar:feed", args=[open_feed(user=world.people.officer).secret]
        ),
        **job_addresses(world),
        **teaching_addresses(world),
        **kinds_addresses(world),
        **bank_addresses(world),
        **{
            f"reports:{name}-export": reverse(f"reports:{name}-export", args=["csv"])
            for name in ("officers", "enrolments", "expiring", "audit")
        },
        "reports:officer": reverse("reports:officer", args=[officer.pk]),
        **{
            f"reports:{act}": reverse(
                f"reports:{act}", args=[officer.pk, world.enrolment.pk, *more]
            )
            for act, more in {
                "extend": [],
                "cancel": [],
                "remind": [],
                "grant": [world.quiz.key],
            }.items()
        },
        ADMIN: reverse("admin:index"),
    }


def data_addresses(world: World) -> dict[str, str]:
    """The officer's own data, and somebody discharged whose account is closed."""
    officer = world.people.officer
    export = DataExport.objects.filter(user=officer).first() or DataExport.objects.create(
        user=officer, made_at=timezone.now(), file=ContentFile(b"SPECIMEN", name="data.zip")
    )
    gone = factories.officer(officer.memberships.get(kind=Kind.POST).organisation)
    discharge(user=gone, leaves_on=timezone.localdate(), reason="so", actor=None)
    return {
        "own_data_file": reverse("own_data_file", args=[export.pk]),
        "erase": reverse("erase", args=[officer.pk]),
        "erase/closed": reverse("erase", args=[gone.pk]),
    }


def staff_addresses(world: World) -> dict[str, str]:
    officer = world.people.officer
    post = officer.memberships.get(kind=Kind.POST)
    lent, _is_new = Membership.objects.get_or_create(
        user=officer, organisation=world.course.owner, role=Role.OFFICER, kind=Kind.SECONDMENT
    )
    asked, _is_new = PersonRequest.objects.get_or_create(
        service=officer.service, unit=post.organisation, made_by=world.people.coordinator,
        data={"number": "1"},
    )  # fmt: skip
    return {
        "staff:person": reverse("staff:person", args=[officer.pk]),
        "staff:act": reverse("staff:act", args=[officer.pk, "discharge"]),
        "staff:act/role": reverse("staff:act", args=[officer.pk, "role"]),
        "staff:act/factor": reverse("staff:act", args=[officer.pk, "factor"]),
        "staff:open": reverse("staff:open", args=[officer.pk]),
        "staff:end": reverse("staff:end", args=[officer.pk, lent.pk]),
        "staff:end/post": reverse("staff:end", args=[officer.pk, post.pk]),
        "staff:settle": reverse("staff:settle", args=[asked.pk]),
        **list_addresses(world),
    }


def list_addresses(world: World) -> dict[str, str]:
    """A staff list that the coordinator has sent and tried."""
    made, _is_new = StaffImport.objects.get_or_create(
        made_by=world.people.coordinator, unit=world.course.owner, name="list.csv",
        headers=["number", "family name", "given name"], state=StaffImport.State.CHECKED,
        columns={"number": 0, "family_name": 1, "given_name": 2},
    )  # fmt: skip
    names = ["import-list", "import-columns", "import-apply", "import-undo"]
    return {f"staff:{name}": reverse(f"staff:{name}", args=[made.pk]) for name in names} | {
        "staff:import-template": reverse("staff:import-template", args=["csv"]),
        "staff:import-rejected": reverse("staff:import-rejected", args=[made.pk, "csv"]),
    }


ONE_PIXEL = bytes.fromhex("47494638396101000100800000000000ffffff2c00000000010001000002024401003b")


class Unspent(SimpleUploadedFile):
    """A file that can be sent more than once."""

    def read(self, *args: Any) -> bytes:
        self.seek(0)
        return bytes(super().read(*args))


def list_data(world: World) -> dict[str, dict[str, Any]]:
    content = "number,family name,given name\n990001,Ґалаґан,Мар’яна".encode()
    return {
        "staff:import": {
            "unit": world.course.owner_id,
            "file": Unspent("list.csv", content),
        },
        "staff:import-columns": {
            "column-0": "number", "column-1": "family_name", "column-2": "given_name",
        },
    }  # fmt: skip


JOB_KEY = UUID("7d1f0c5e-0000-4000-8000-000000000001")


def job_addresses(world: World) -> dict[str, str]:
    """A job of the coordinator's, an assignment to his unit, and what chose the officer."""
    actor, officer, unit = world.people.coordinator, world.people.officer, world.course.owner
    job = start_job(
        kind="people.codes", actor=actor, params={"count": 1}, key=JOB_KEY,
        things=[(str(officer.pk), "x")],
    )  # fmt: skip
    rule, _is_new = Assignment.objects.get_or_create(
        course=world.course, organisation=unit, created_by=actor
    )
    chosen = urlencode({"of": "officers", "action": "enrol", "pick": officer.pk})
    asked = urlencode({"unit": unit.pk, "course": world.closed.pk, "due": "none"})
    return {
        "jobs:job": reverse("jobs:job", args=[job.pk]),
        "jobs:sheet": reverse("jobs:sheet", args=[job.pk]),
        "jobs:printed": reverse("jobs:printed", args=[job.pk]),
        "bulk:confirm": f"{reverse('bulk:confirm')}?{chosen}",
        "assignments:new": f"{reverse('assignments:new')}?{asked}",
        "assignments:assignment": reverse("assignments:assignment", args=[rule.pk]),
        "assignments:end": reverse("assignments:end", args=[rule.pk]),
    }


def teaching_addresses(world: World) -> dict[str, str]:
    code, lesson = world.course.code, world.reading
    in_course = [
        "course", "settings", "archive", "arrange", "publish", "preview", "add-module",
        "translations", "outcomes", "guide",
    ]  # fmt: skip
    in_module, in_lesson = ["module", "add-lesson"], ["lesson", "preview-lesson", "lesson-text"]
    of_text = ["text-draft", "text-away", "text-picture", "text-history", "text-restore"]
    return (
        {f"teaching:{name}": reverse(f"teaching:{name}", args=[code]) for name in in_course}
        | {
            f"teaching:{name}": reverse(f"teaching:{name}", args=[code, lesson.module.key])
            for name in in_module
        }
        | {
            f"teaching:{name}": reverse(f"teaching:{name}", args=[code, lesson.key])
            for name in in_lesson
        }
        | {
            f"teaching:{name}": reverse(f"teaching:{name}", args=[code, lesson.key, "uk"])
            for name in of_text
        }
    )


def bank_addresses(world: World) -> dict[str, str]:
    """The bank of the course's quiz, a question of it, and the quiz's own pages."""
    bank = world.quiz.quiz.bank
    question = bank.questions.order_by("pk")[0]
    of_question = ["question", "history", "restore", "retire"]
    return (
        {f"banks:{name}": reverse(f"banks:{name}", args=[bank.pk])
         for name in ("bank", "new", "preview")}
        | {f"banks:{name}": reverse(f"banks:{name}", args=[question.pk]) for name in of_question}
        | {
            f"banks:{name}": reverse(f"banks:{name}", args=[world.course.code, world.quiz.key])
            for name in ("quiz", "pick", "try")
        }
    )  # fmt: skip


def bank_data(world: World) -> dict[str, dict[str, Any]]:
    body = factories.single_choice()
    return {
        "banks:list": {"title": "Новий банк", "owner": world.course.owner_id},
        "banks:new": filled("single", body),
        "banks:preview": filled("single", body),
        "banks:question": filled("single", body, base="1"),
        "banks:restore": {"version": "1"},
        "banks:quiz": {"act": "order"},
    }


def kinds_addresses(world: World) -> dict[str, str]:
    """Editors of the kinds beside reading and quiz, and the checklist of an officer."""
    code = world.draft.code
    editors = {
        f"teaching:{kind}": reverse(f"teaching:{kind}", args=[code, world.draft_lesson(kind).key])
        for kind in ("video", "file", "practical")
    }
    tick = reverse("teaching:tick", args=[world.practice.pk, "practice"])
    return editors | {"teaching:tick": tick}


def teaching_data(world: World) -> dict[str, dict[str, Any]]:
    owner = world.course.owner_id
    languages = {"source": "uk", "languages": ["uk"], "owner": owner}
    text = {"title": "Назва", "body": "<p>Ґава</p>"}
    term = {"term_uk": "Слово", "definition_uk": "Що воно означає."}
    return {
        "glossary:new": term | {"key": "new-term"},
        "glossary:term": term,
        "teaching:new": languages | {"title": "Новий", "code": "NEW-1"},
        "teaching:settings": languages | {"title_uk": "Інша назва"},
        "teaching:arrange": {"duplicate": f"lesson {world.reading.key}", "token": "abcdefgh"},
        "teaching:publish": {"seen": seen(world.course.pk)},
        "teaching:add-module": {"title": "Новий", "token": "abcdefgh"},
        "teaching:module": {"title_uk": "Інша назва"},
        "teaching:add-lesson": {"title": "Новий", "kind": "reading", "token": "abcdefgh"},
        "teaching:lesson": {"minutes": "7"},
        "teaching:lesson-text": text | {"base": world.reading.newest_texts()["uk"].pk},
        "teaching:text-draft": text,
        "teaching:text-picture": {"picture": Unspent("a.gif", ONE_PIXEL), "alt": "Крапка"},
        "teaching:text-restore": {"version": "1"},
        "teaching:tick": {"tick-line": "on", "note-line": "Добре"},
    }


@cache_of_calls
def seen(course: int) -> str:
    """What the form of the publish page says it showed."""
    rows = Course.objects.select_related("current_revision")
    return publish.stands_for(rows.get(pk=course))


def links(world: World) -> dict[str, str]:
    """Addresses that die when their person signs in, so they are made for each request."""
    officer = User.objects.get(pk=world.people.officer.pk)
    token = default_token_generator.make_token(officer)
    return {
        "account_reset_password_from_key": reverse(
            "account_reset_password_from_key", args=[user_pk_to_url_str(officer), token]
        ),
        "invitation": reverse("invitation", args=[token_for(world.people.other)]),
    }


def address(world: World, places: dict[str, str], route: str) -> str:
    return places.get(route) or links(world).get(route) or reverse(route)


def good_data(world: World) -> dict[str, dict[str, Any]]:
    """What a form of ours would send."""
    new = {"password1": "novyi-parol-na-8", "password2": "novyi-parol-na-8"}
    answer = {"q1": "k1"}
    return {
        "account_login": {"login": world.people.officer.login, "password": PASSWORD},
        "account_reset_password": {"email": world.people.officer.email},
        "account_change_password": {"oldpassword": PASSWORD} | new,
        "account_reauthenticate": {"password": PASSWORD},
        "account": {"language": "be", "time_zone": "-"},
        "welcome": {"given_name_latin": "O", "family_name_latin": "G", "privacy": "on"},
        "set_language": {"language": "be"},
        "erase": {"reason": "x", "is_meant": "on"},
        "courses:language": {"language": "be"},
        **teaching_data(world),
        **bank_data(world),
        **list_data(world),
        "staff:new": {
            "number": "900001",
            "family_name": "Щербань",
            "given_name": "Гнат",
            "language": "uk",
            "unit": world.course.owner_id,
            "since": timezone.localdate().isoformat(),
        },
        "staff:act": {
            "discharge-leaves_on": timezone.localdate().isoformat(),
            "discharge-reason": "so",
            "factor-reason": "so",
            "role-role": "trainer",
            "role-unit": world.course.owner_id,
        },
        "bulk:start": {"of": "officers", "action": "enrol", "pick": world.people.officer.pk},
        "bulk:confirm": {"course": world.closed.pk, "seen": "1:"},
        "assignments:new": {"seen": "2-0-0-2"},
        "assignments:end": {"enrolments": "stay"},
        "quizzes:attempt": answer | {"was-q1": "nothing", "go": "finish"},
        "reports:extend": {"due_on": "2199-12-30", "reason": "x"},
        "reports:cancel": {"reason": "x"},
        "reports:grant": {"reason": "x"},
        "quizzes:save": answer | {"q": "1", "client": "tab", "seq": "1"},
    }


def outcome(response: HttpResponse) -> str:
    """`login` for a redirect to a sign-in page, the site's or the admin's; else the status."""
    response.getvalue()  # reads a file to its end, and so closes it
    if response.status_code == 302:
        match = resolve(urlsplit(response["Location"]).path)
        if match.view_name in {"account_login", "admin:login"}:
            return "login"
    return str(response.status_code)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.route}-{row.method}")
def test_access(world, places, row):
    data = good_data(world).get(row.name, {}) if row.method == "POST" else {}
    found = {}

    for who in WHO:
        cache.clear()
        with transaction.atomic():
            client = world.client(who)
            send = client.post if row.method == "POST" else client.get
            found[who] = outcome(send(address(world, places, row.route), data))
            transaction.set_rollback(True)

    assert found == row.cells


def routes(resolver: URLResolver, inside: str = "") -> Iterator[str]:
    """The names of all routes; those of the admin are one."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLPattern):
            yield f"{inside}{entry.name}"
        elif entry.namespace == "admin":
            yield ADMIN
        else:
            yield from routes(entry, f"{inside}{entry.namespace}:" if entry.namespace else inside)


def test_the_table_leaves_no_route_out():
    """Each once a method, so that no line hides another."""
    lines = [(row.route, row.method) for row in ROWS]
    assert len(lines) == len(set(lines))
    expected = {(name, method) for name in routes(get_resolver()) for method in ("GET", "POST")}
    assert {(row.name, row.method) for row in ROWS} == expected


def test_every_route_has_a_name():
    assert "None" not in {name.rpartition(":")[2] for name in routes(get_resolver())}


def test_head_answers_as_get(world, places):
    for row in ROWS:
        if row.method == "GET":
            client = world.client("officer")
            response = client.head(address(world, places, row.route))
            assert outcome(response) == row.cells["officer"], row.route


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_no_other_method_does_anything(world, places, method):
    """Ours refuse it; allauth's read a PUT as an empty form."""
    for name in {row.name for row in ROWS} - {ADMIN}:
        response = getattr(world.client("officer"), method)(address(world, places, name))
        allowed = {405, 200, 302} if name.startswith("account_") else {405}
        assert response.status_code in allowed, name


# The operator's desk: the Django admin


def desk(resolver: URLResolver, before: str) -> Iterator[str]:
    """An address for each route beneath the admin's; what it names need not exist."""
    for entry in resolver.url_patterns:
        route = before + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from desk(entry, route)
        else:
            route = re.sub(r"<uuid:\w+>", "00000000-0000-4000-8000-000000000000", route)
            route = re.sub(r"<\w+:\w+>", "1", route)
            yield re.sub(r"\^?\(\?P<\w+>\(?(\w*).*$", r"\1", route)


def desk_addresses() -> set[str]:
    (admin_site,) = (
        e for e in get_resolver().url_patterns if getattr(e, "namespace", "") == "admin"
    )
    return set(desk(admin_site, reverse("admin:index")))


@pytest.mark.parametrize("who", WHO)
def test_the_lists_of_the_admin_are_the_operators_alone(world, who):
    names = [f"admin:{m._meta.app_label}_{m._meta.model_name}_changelist" for m in site._registry]
    found = {
        name: outcome(world.client(who).get(reverse(name))) for name in ["admin:index", *names]
    }
    assert found == dict.fromkeys(found, "200" if who == "operator" else "login")
    assert len(found) > 8


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("who", ["stranger", "trainer", "administrator"])
def test_nothing_of_the_admin_opens_to_anybody_else(world, who, method):
    client = world.client(who)
    found = {url: outcome(getattr(client, method)(url)) for url in desk_addresses()}
    del found[reverse("admin:javascript-catalog")]  # treebeard's words for its script, open to all
    signing_in = {reverse("admin:login"): "login" if who == "stranger" else "403"}
    leaving = {reverse("admin:logout"): "302"}  # to the admin's first page, which refuses
    assert found == dict.fromkeys(found, "login") | signing_in | leaving
