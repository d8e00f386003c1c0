from django.contrib import admin
from django.http import HttpRequest

from lms.audit.models import AuditEntry


@admin.register(AuditEntry)
class AuditEntryAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ("time", "actor_name", "verb", "thing_name", "address")
    list_filter = ("verb",)
    search_fields = ("actor_name", "thing_name", "thing_id")
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
