# One image, several commands: serve (default), worker, or any other `bellwether` command.
# Two stages: dependencies are built with uv in the first and copied, without uv, into the second.
FROM python:3.12-slim AS build
WORKDIR /srv/app
RUN pip install --no-cache-dir uv
COPY pyproject.toml uv.lock ./
RUN uv sync --frozen --no-dev --extra otel --no-install-project --compile-bytecode

FROM python:3.12-slim
WORKDIR /srv/app
RUN apt-get update \
    && apt-get install --yes --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 bellwether \
    && useradd --system --uid 10001 --gid 10001 --home-dir /srv/data --create-home bellwether
COPY --from=build /srv/app/.venv .venv
COPY app app
COPY config config
COPY connector connector
COPY model model
COPY rollup rollup
COPY sandbox sandbox
COPY service service
COPY store store
COPY webhooks webhooks
RUN python -m compileall -q app config connector model rollup sandbox service store webhooks
ENV PATH=/srv/app/.venv/bin:$PATH PYTHONPATH=/srv/app PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp BELLWETHER_CONFIG=/srv/data/bellwether.yaml BELLWETHER_LOG=json
# The image itself is never written to: /srv/data holds the configuration (and a SQLite database), /tmp what passes.
USER 10001:10001
VOLUME /srv/data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/readyz', timeout=4)"]
ENTRYPOINT ["python", "-m", "app"]
CMD ["serve"]
