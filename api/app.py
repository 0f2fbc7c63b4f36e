"""The HTTP application: routers, middleware, lifespan, on one screen."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from importlib.metadata import version

import structlog
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api.background.jobs import JobRunner
from api.background.serving.maintenance import Maintenance
from api.background.serving.publishing import Publishing
from api.background.worker import Worker
from api.bootstrap import open_service
from api.by_signals.middleware import BySignals
from api.console import elsewhere
from api.console.administration import audit as console_audit
from api.console.administration import destinations as console_destinations
from api.console.administration import kept_media, known_pairs, people
from api.console.administration import keys as console_keys
from api.console.administration import parts as console_settings
from api.console.cases import pages as console_cases
from api.console.cases import working
from api.console.door import install_door
from api.console.kindness import you
from api.console.matching import would_it_match
from api.console.signing_in import signing, single_sign_on
from api.console.standing import appeals as console_appeals
from api.console.standing import takedowns as console_takedowns
from api.console.statistics import pages as console_statistics
from api.console.statistics.kept import KeptFigures
from api.console.waiting import approvals, group, groups, in_between, queue, second_looks
from api.hma.drop_in import HmaDropIn
from api.http.auth import require_guards
from api.http.border.key_first import KeyFirst
from api.http.incoming.bodies import HMA, JSON_BYTES, BodyLimit
from api.http.openapi import DESCRIPTION, TAGS
from api.http.problems import install_error_handlers
from api.http.watching.metrics import RequestMetrics
from api.http.watching.watched import Watched
from api.http.webhooks import describe_when_asked
from api.logs import configure_logs
from api.media.warming import rehearse, warm_up
from api.pages import assets
from api.pages.errors import install_page_errors, page_instead
from api.pages.headers import PageHeaders
from api.public import receipt, report
from api.routes.casework import appeals, case_groups, cases, erasures, messages, policy, reports, takedowns
from api.routes.casework import known_pairs as planted_pairs
from api.routes.operating import audit, destinations, never_bank, operations, protected
from api.routes.pipelines import jobs, match, uploads
from api.service import Service
from api.settings import Settings, read_settings, warn_of_unknown_settings
from api.telemetry.start import traced

log = structlog.get_logger()

ROUTES = (
    uploads,
    match,
    jobs,
    reports,
    cases,
    case_groups,
    messages,
    takedowns,
    erasures,
    appeals,
    protected,
    never_bank,
    planted_pairs,
    policy,
    destinations,
    audit,
    operations,
    assets,
    report,
    receipt,
    signing,
    single_sign_on,
    queue,
    working,
    approvals,
    groups,
    group,
    console_cases,
    console_takedowns,
    console_appeals,
    would_it_match,
    console_statistics,
    console_settings,
    people,
    console_keys,
    console_destinations,
    kept_media,
    known_pairs,
    console_audit,
    you,
    second_looks,
    in_between,
    elsewhere,  # the last: it takes what no other page of the console is
)


def create_app(settings: Settings | None = None, *, ready: Callable[[], None] = lambda: None) -> FastAPI:
    """
    Build the application; its service opens when it starts and closes when it stops.

    Args:
        settings: Read from the environment if left out, as server processes do.

        ready: Called once everything is loaded, before the first request.

    Raises:
        SettingsError: If a setting is missing or odd.
    """
    chosen = settings or read_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        configure_logs(chosen.log_format)
        warn_of_unknown_settings()
        warm_up(chosen)  # before the sandbox starts, which loads what is compiled here
        with (
            traced(chosen),
            open_service(chosen) as service,
            Maintenance(service),
            JobRunner(service),
            _worker(service) as worker,
            KeptFigures(service) as figures,
        ):
            service.replica.catch_up()
            rehearse(service)
            app.state.service, app.state.figures = service, figures
            app.state.watched = Watched(service, works=lambda: worker is not None and worker.works)
            walls = service.sandbox.walls
            log.info(
                "serving",
                index_versions=service.replica.versions(),
                walls=walls.layers,
                walls_missing=dict(walls.missing),
            )
            ready()
            with Publishing(app.state.watched):
                yield

    # The pages at /docs and /redoc without a content network: this service often runs where there is no internet.
    app = FastAPIOffline(
        title="Staydown",
        version=version("staydown"),
        summary="Keeps removed private media down.",
        description=DESCRIPTION,
        openapi_tags=TAGS,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=lifespan,
        # Ours alone are sent (`api/telemetry/`): FastAPI's hold addresses, and each request looks for where they go.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        routes=[route for module in ROUTES for route in module.router.routes],
    )
    largest_form = max(chosen.max_image_bytes, chosen.max_video_bytes)
    app.add_middleware(BodyLimit, max_bytes=JSON_BYTES, max_form_bytes=largest_form, shown=page_instead)
    app.add_middleware(KeyFirst)
    app.add_middleware(BySignals)
    app.add_middleware(PageHeaders)
    app.add_middleware(RequestMetrics, access_log=chosen.access_log)
    if chosen.trusted_proxies:
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(chosen.trusted_proxies))
    install_error_handlers(app)
    install_page_errors(app)
    install_door(app)
    describe_when_asked(app)
    require_guards(app.routes)
    if chosen.hma:
        app.mount(HMA, HmaDropIn(app))
    return app


def _worker(service: Service) -> AbstractContextManager[Worker | None]:
    """Deliver in this process too, unless the operator runs `staydown worker` apart."""
    return Worker(service) if service.settings.worker else nullcontext()
