"""The worker itself pulls from exchanges and tells them what is due: nobody has to ask it to."""

from pathlib import Path

from casework.domain.actor import Actor, Role
from casework.domain.exchanges.sending import Feedback, Sending, SendingKind, SendingState
from casework.domain.ids import DecisionId, SendingId
from casework.handlers.exchanging.looking_after import AddExchange, add_exchange
from tests.api.conftest import running, settings_in
from tests.helpers.counterparts.hash_servers import OPTIONS, SECRETS, hash_server
from tests.helpers.media.pictures import photo_bytes
from tests.helpers.running.waiting import eventually

OPERATOR = Actor(id="cli", name="command line", role=Role.ADMIN)


def test_a_worker_pulls_and_tells(tmp_path: Path) -> None:
    """What is due is done without a command, in its turn."""
    with hash_server() as server, running(settings_in(tmp_path, allow_private_destinations=True)) as staydown:
        server.put(1, "0f" * 32)
        address, options, secrets = server.address("stopncii"), OPTIONS["stopncii"], SECRETS["stopncii"]
        with staydown.service.writing() as uow:
            command = AddExchange(OPERATOR, "PARTNER", "stopncii", address, options, secrets, True, True, 3_600)
            exchange = add_exchange(command, uow)

        def pulled() -> int:
            with staydown.service.reading() as uow:
                return uow.exchanges.get(exchange.id).pulled

        eventually(pulled, (1).__eq__)
        decided = DecisionId(staydown.take_down(photo_bytes(7), nudity=True)["decision_id"])
        with staydown.service.writing() as uow:
            sending = Sending(
                SendingId("snd_1"),
                exchange.id,
                SendingKind.FEEDBACK,
                f"{decided} r",
                uow.now,
                uow.now,
                decision_id=decided,
                record_id="imagepdq:" + "0f" * 32,
                feedback=Feedback.CONFIRMED,
            )
            uow.sendings.add_new([sending])

        def state() -> SendingState:
            with staydown.service.reading() as uow:
                return uow.sendings.get("snd_1").state

        eventually(state, lambda found: found is SendingState.SENT)
        assert [one["feedbackValue"] for one in server.feedback] == ["Blocked"]
