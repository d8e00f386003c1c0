from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.people.models import Organisation

KEPT_FOR = timedelta(minutes=15)  # three times the sweep's period: one that fails is not noticed


class KeptFigures(models.Model):
    """The figures of a unit so large that counting them anew for each page would be slow.

    A sweep counts them every few minutes (`lms.reports.sweeps`); the page says as of when. They
    are a copy: a row that is lost or old costs the next reader the time of counting.
    """

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="kept_figures")
    counted_at = models.DateTimeField()
    zone = models.CharField(max_length=64)  # whose days and weeks they are of
    data = models.JSONField()

    class Meta:
        verbose_name = _("kept figures")
        verbose_name_plural = _("kept figures")

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.counted_at:%Y-%m-%d %H:%M}"

    def hold(self, now: datetime) -> bool:
        """Whether they are recent, and of the reader's own day."""
        zone = timezone.get_current_timezone()
        same_day = timezone.localdate(self.counted_at) == timezone.localdate(now)
        same_zone = ZoneInfo(self.zone) == zone
        return same_zone and same_day and now - self.counted_at <= KEPT_FOR
