"""The settings of a quiz in words."""

from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quizzes.models import Layout, Quiz


def in_words(quiz: Quiz) -> str:
    """One sentence: when it is passed, how often, how long, in which form, what is shown after."""
    mark = Decimal(quiz.pass_mark).normalize() + 0
    parts = [_("Passing at %(mark)s %%") % {"mark": f"{mark:f}"}]
    if quiz.attempts is None:
        parts.append(_("as many attempts as one likes"))
    else:
        parts.append(
            ngettext("%(count)d attempt", "%(count)d attempts", quiz.attempts)
            % {"count": quiz.attempts}
        )
    if quiz.time_limit is None:
        parts.append(_("no time limit"))
    else:
        parts.append(
            ngettext("%(count)d minute", "%(count)d minutes", quiz.time_limit)
            % {"count": quiz.time_limit}
        )
    is_one_page = quiz.layout == Layout.ONE_PAGE
    parts.append(_("all questions on one page") if is_one_page else _("a question a page"))
    parts.append(_("choices shuffled") if quiz.shuffle else _("choices in the order written"))
    after = _("After submitting, officers see %(what)s.") % {"what": quiz.get_review_display()}
    return f"{', '.join(parts)}. {after}"
