# One image for web, worker and figures; the command chooses. Writes only to /data and /tmp.

# pg_dump and pg_restore of the server's version, for backups; the package would bring Perl along.
FROM python:3.12-slim-trixie AS client
RUN apt-get update \
    && cd /tmp && apt-get download postgresql-client-17 \
    && dpkg-deb --extract postgresql-client-17_*.deb /client \
    && mv /client/usr/lib/postgresql/17/bin /client/bin

FROM python:3.12-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 \
    UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
RUN pip install 'uv>=0.8,<1'
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN uv sync --locked --no-dev
COPY . .
RUN export DATA_DIR=/tmp/build STATIC_ROOT=/app/static SECRET_KEY=build \
    && .venv/bin/python manage.py compile_messages \
    && .venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && .venv/bin/python -m compileall -q lms courses quizzes certificates

FROM python:3.12-slim-trixie
RUN apt-get update \
    && apt-get install --yes --no-install-recommends liblz4-1 libpq5 libzstd1 zlib1g \
    && rm -rf /var/lib/apt/lists/*
COPY --from=client /client/bin/pg_dump /client/bin/pg_restore /usr/local/bin/
RUN groupadd --gid 10001 waypost \
    && useradd --uid 10001 --gid waypost --no-create-home --home-dir /tmp --shell /usr/sbin/nologin waypost \
    && install --directory --owner waypost --group waypost --mode 0750 /data
COPY --from=build /app /app
WORKDIR /app
ARG REVISION=""
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 HOME=/tmp \
    DATA_DIR=/data STATIC_ROOT=/app/static LOG_FORMAT=json REVISION=$REVISION \
    GRANIAN_HOST=0.0.0.0 PORT=8000
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ['PORT'] + '/live', timeout=4)"]
CMD ["sh", "-c", "exec granian --interface wsgi lms.wsgi:application --port ${PORT:-8000} --workers ${GRANIAN_WORKERS:-2} --blocking-threads ${GRANIAN_BLOCKING_THREADS:-4} --backpressure 800 --backlog 1024 --respawn-failed-workers --workers-kill-timeout 3 --log-level warning"]
