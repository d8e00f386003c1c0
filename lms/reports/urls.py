"""Coordinators' read side."""

from django.urls import path

from lms.reports.views import audit, expiring, exports, lists, officer, overview, protocol

app_name = "reports"
urlpatterns = [
    path("overview/", overview.overview, name="overview"),
    path("officers/<int:pk>/", officer.record, name="officer"),
    path("officers/<int:pk>/<uuid:enrolment>/extend/", officer.extend, name="extend"),
    path("officers/<int:pk>/<uuid:enrolment>/cancel/", officer.cancel, name="cancel"),
    path("officers/<int:pk>/<uuid:enrolment>/remind/", officer.remind, name="remind"),
    path("officers/<int:pk>/<uuid:enrolment>/grant/<slug:key>/", officer.grant, name="grant"),
    path("officers/", lists.officers, name="officers"),
    path("officers/export.<str:file_format>", exports.officers_export, name="officers-export"),
    path("enrolments/", lists.enrolments, name="enrolments"),
    path(
        "enrolments/export.<str:file_format>", exports.enrolments_export, name="enrolments-export"
    ),
    path("certificates-expiring/", expiring.expiring, name="expiring"),
    path(
        "certificates-expiring/export.<str:file_format>",
        exports.expiring_export,
        name="expiring-export",
    ),
    path("protocol/", protocol.protocol, name="protocol"),
    path("protocol.pdf", protocol.protocol_pdf, name="protocol-pdf"),
    path("audit/", audit.audit, name="audit"),
    path("audit/export.<str:file_format>", audit.audit_export, name="audit-export"),
]
