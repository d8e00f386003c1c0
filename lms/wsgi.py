import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")

application = get_wsgi_application()

# What is loaded by now stays, and a request leaves few cycles: the collector need not look at
# either again and again, which took a fourteenth of a page's time.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 50, 50)
