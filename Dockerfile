FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml README.md LICENSE ./
COPY rules rules
COPY schemas schemas
COPY src src
RUN python -m venv /opt/obslint && /opt/obslint/bin/pip install --no-cache-dir --disable-pip-version-check .

FROM python:3.13-slim
COPY --from=build /opt/obslint /opt/obslint
# docker run --rm --volume "$PWD:/project:ro" obslint
WORKDIR /project
USER 65532:65532
ENTRYPOINT ["/opt/obslint/bin/obslint"]
CMD ["check"]
