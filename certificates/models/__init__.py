from certificates.models.certificate import Certificate, CertificateFile

__all__ = ["Certificate", "CertificateFile"]
