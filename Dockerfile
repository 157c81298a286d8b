# Fullhouse and Python. Without FULLHOUSE_DATABASE_URL the embedded PostgreSQL runs in it as well, with its data in the volume;
# compose.yaml has a PostgreSQL and a Redis of their own instead.
FROM python:3.13-slim-trixie AS build
ENV UV_PROJECT_ENVIRONMENT=/opt/fullhouse UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never UV_COMPILE_BYTECODE=1
RUN pip install --no-cache-dir uv==0.13.9
WORKDIR /build
# The libraries first: they change less often than the program
COPY pyproject.toml uv.lock README.md LICENSE ./
RUN uv sync --frozen --no-dev --all-extras --no-install-project
COPY src src
COPY docs/runbooks docs/runbooks
RUN uv sync --frozen --no-dev --all-extras --no-editable

FROM python:3.13-slim-trixie
RUN groupadd --system --gid 8400 fullhouse \
 && useradd --system --uid 8400 --gid 8400 --create-home --home-dir /var/lib/fullhouse fullhouse
COPY --from=build /opt/fullhouse /opt/fullhouse
ENV PATH=/opt/fullhouse/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    FULLHOUSE_HOST=0.0.0.0 \
    FULLHOUSE_DATA_DIR=/var/lib/fullhouse \
    FULLHOUSE_LOG_JSON=true
USER 8400:8400
VOLUME /var/lib/fullhouse
EXPOSE 8400
# Finishes requests and jobs for 20 seconds at most, and stops the embedded database
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8400/readyz', timeout=4)"]
ENTRYPOINT ["fullhouse"]
CMD ["serve"]
