from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from courses.models import Lesson
from quizzes.models.question import Question, QuestionBank


class Layout(models.TextChoices):
    ONE_PAGE = "one_page", _("all questions on one page")
    ONE_PER_PAGE = "one_per_page", _("a question a page")


class Review(models.TextChoices):
    """What the officer sees after an attempt is submitted."""

    SCORE = "score", _("the result only")
    MARKS = "marks", _("the result, and which answers were right")
    EXPLANATIONS = "explanations", _("the result, right answers and explanations")
    EXPLANATIONS_WHEN_CLOSED = (
        "explanations_when_closed",
        _("which answers were right; the right ones and why once passed or out of attempts"),
    )


class Quiz(models.Model):
    """The settings of a quiz as drafted; officers get those of the revision."""

    lesson = models.OneToOneField(Lesson, models.PROTECT, related_name="quiz")
    bank = models.ForeignKey(QuestionBank, models.PROTECT, related_name="quizzes")
    pass_mark = models.DecimalField(
        _("pass mark, %"),
        max_digits=5,
        decimal_places=2,
        validators=[MinValueValidator(0), MaxValueValidator(100)],
    )
    attempts = models.PositiveSmallIntegerField(
        _("number of attempts"), null=True, blank=True, help_text=_("Empty: as many as one likes.")
    )
    time_limit = models.PositiveSmallIntegerField(
        _("time limit, minutes"), null=True, blank=True, help_text=_("Empty: no limit.")
    )
    layout = models.CharField(
        _("layout"), max_length=16, choices=Layout.choices, default=Layout.ONE_PAGE
    )
    shuffle = models.BooleanField(_("shuffle the choices"), default=True)
    review = models.CharField(
        _("after submitting, show"),
        max_length=32,
        choices=Review.choices,
        default=Review.EXPLANATIONS,
    )

    class Meta:
        verbose_name = _("quiz")
        verbose_name_plural = _("quizzes")
        constraints = [
            models.CheckConstraint(
                condition=Q(pass_mark__gte=0, pass_mark__lte=100), name="pass_mark_is_a_percentage"
            ),
            models.CheckConstraint(
                condition=Q(attempts=None) | Q(attempts__gte=1), name="at_least_one_attempt"
            ),
            models.CheckConstraint(
                condition=Q(time_limit=None) | Q(time_limit__gte=1), name="time_limit_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return str(self.lesson)


class Slot(models.Model):
    """A fixed question, or `count` questions drawn by tags (any of them) and difficulty."""

    quiz = models.ForeignKey(Quiz, models.CASCADE, related_name="slots")
    position = models.PositiveIntegerField()
    question = models.ForeignKey(
        Question, models.PROTECT, null=True, blank=True, related_name="slots"
    )
    tags = models.JSONField(default=list, blank=True)
    difficulty = models.PositiveSmallIntegerField(null=True, blank=True)
    count = models.PositiveSmallIntegerField(default=1)
    mark = models.DecimalField(max_digits=6, decimal_places=2, default=1)

    class Meta:
        verbose_name = _("slot")
        verbose_name_plural = _("slots")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["quiz", "position"], name="one_slot_a_position"),
            models.CheckConstraint(
                condition=Q(question=None) | Q(count=1, difficulty=None), name="fixed_or_drawn"
            ),
            models.CheckConstraint(condition=Q(count__gte=1), name="draws_at_least_one"),
            models.CheckConstraint(condition=Q(mark__gt=0), name="slot_mark_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.quiz_id} #{self.position}"
