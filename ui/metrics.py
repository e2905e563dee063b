"""Counts for an operator: how requests and answers ended, how long answers took, which release answers.

Events in, Prometheus' text out. The counts carry no address and no words of a question. They are always kept and shown
only where a port of their own is set (`serve_metrics`); the public page has no /metrics.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram, Info, start_http_server

from rag.types import Answer, OutsideError

ANSWER_SECONDS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.5, 3.0, 6.0, 12.0, 30.0)


class Metrics:
    """One server's counts, in a registry of their own."""

    def __init__(self) -> None:
        here = self.registry = CollectorRegistry()
        self.requests = Counter("ictnavi_requests", "Requests", ["route", "status"], registry=here)
        self.answers = Counter(
            "ictnavi_answers",
            "Answers by outcome: answered, failed, or why not",
            ["outcome", "language"],
            registry=here,
        )
        self.seconds = Histogram("ictnavi_answer_seconds", "Time to an answer", buckets=ANSWER_SECONDS, registry=here)
        self.refusals = Counter("ictnavi_refusals", "What limits turned away", ["kind"], registry=here)
        self.unkept = Counter("ictnavi_records_unkept", "Records that could not be kept", registry=here)
        self.release = Info("ictnavi_release", "The release that answers", registry=here)

    def count_request(self, route: str, status: int) -> None:
        """One request ended; status 0 where nothing was sent."""
        self.requests.labels(route, str(status)).inc()

    def count_answer(self, answer: Answer) -> None:
        """One answer was given."""
        outcome = answer.abstained.reason.value if answer.abstained else "answered"
        self.answers.labels(outcome, answer.language).inc()
        self.seconds.observe(answer.elapsed_ms / 1000)
        self.release.info({"id": answer.release})

    def count_failure(self) -> None:
        """One question could not be answered because something broke."""
        self.answers.labels("failed", "").inc()

    def count_refusal(self, kind: str) -> None:
        """One question was turned away by a limit."""
        self.refusals.labels(kind).inc()


def serve_metrics(metrics: Metrics, host: str, port: int) -> None:
    """Give the counts out at http://host:port/metrics, from a thread that ends with the process.

    Raises:
        OutsideError: the port is in use or may not be opened.
    """
    try:
        start_http_server(port, addr=host, registry=metrics.registry)
    except (OSError, OverflowError) as error:
        raise OutsideError(
            f"{host} のポート {port} を開けません。ICTNAVI_METRICS_PORT に別の番号を指定してください"
        ) from error
