"""Where the record, the index and everything else lies."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, Field, SecretStr, field_validator, model_validator

from api.stores.places import place_at
from casework.persistence.connection.database import url_of_file, with_password
from casework.persistence.index_log.slots import MOST_SLOTS
from index.collections import COLLECTION_INDEXES, LOCAL_INDEXES
from index.hashes.backends import INDEX_BACKENDS

if TYPE_CHECKING:
    CollectionIndexName = str
    LocalIndexName = str
    IndexBackendName = str
else:  # a row of either table is a value of its setting
    CollectionIndexName = Literal[tuple(COLLECTION_INDEXES)]
    LocalIndexName = Literal[LOCAL_INDEXES]
    IndexBackendName = Literal[tuple(INDEX_BACKENDS)]


_LONGEST_SOCKET = 107


class Storage(BaseModel):
    """Where the record, the index and everything else lies."""

    data: Path = Field(Path("staydown-data"), description="Folder for the database, the index and the keyring.")
    database_url: str = Field("", description="SQLAlchemy URL; by default an SQLite file in the data folder.")
    database_password: SecretStr = Field(
        SecretStr(""), description="The password for the database, in place of one in its URL; best kept in a file."
    )
    encryption_key_file: Path | None = Field(
        None, description="The keyring that texts, identities and previews are encrypted with."
    )
    collection_index: LocalIndexName = Field(
        "folder", description="What holds the index of a collection: files in the data folder."
    )
    upload_index: CollectionIndexName = Field(
        "folder",
        description="The same of uploads: `folder`, or `clustered` on machines that are asked through a gateway.",
    )
    cluster_socket: Path | None = Field(
        None, description="Where the gateway to a cluster is asked; by default in the data folder."
    )
    cluster_store: str = Field(
        "",
        description="Where machines of a cluster keep finished files of uploads, for empty machines to begin with: "
        "`s3://bucket/prefix`, `gs://bucket/prefix` or `file:///folder`; empty for none.",
    )
    index_backend: IndexBackendName = Field(
        "multi_index", description="How sealed segments are searched; every backend gives the same answers."
    )
    upload_slots: Annotated[int, Field(ge=1, le=MOST_SLOTS)] = Field(
        1,
        description="In how many slots the log of uploads lies, so that many write to it at once; fixed by the first "
        "upload, later changed by `staydown index slots`.",
    )
    when_database_down: Literal["strict", "available"] = Field(
        "strict",
        description="Without the database: `strict` answers 503, `available` goes on matching as of what was followed.",
    )
    export_folder: Path | None = Field(None, description="Where file exports lie; by default in the data folder.")
    export_rotate_bytes: Annotated[int, Field(gt=0)] = Field(100_000_000, description="When an export is rotated.")

    @field_validator("database_url")
    @classmethod
    def _is_a_known_database(cls, given: str) -> str:
        known = ("sqlite", "postgresql+psycopg")
        if given and given.partition(":")[0] not in known:
            message = f"an address beginning with one of {', '.join(known)} is expected"
            raise ValueError(message)
        return given

    @field_validator("cluster_store")
    @classmethod
    def _is_a_place(cls, given: str) -> str:
        if given:
            place_at(given)
        return given

    @field_validator("cluster_socket")
    @classmethod
    def _is_short(cls, given: Path | None) -> Path | None:
        if given is not None and len(os.fsencode(given.absolute())) > _LONGEST_SOCKET:
            message = f"the path of a socket has at most {_LONGEST_SOCKET} bytes; choose a shorter one"
            raise ValueError(message)
        return given

    @model_validator(mode="after")
    def _password_is_for_a_server(self) -> Self:
        if self.database_password.get_secret_value() and not self.database_url.startswith("postgresql"):
            message = "STAYDOWN_DATABASE_PASSWORD needs STAYDOWN_DATABASE_URL to say of which PostgreSQL"
            raise ValueError(message)
        return self

    @property
    def url(self) -> str:
        """The database's URL, with the password in it: nothing to log."""
        password = self.database_password.get_secret_value()
        if self.database_url:
            return with_password(self.database_url, password) if password else self.database_url
        return url_of_file(self.data / "staydown.db")

    @property
    def index_folder(self) -> Path:
        """Where segments live."""
        return self.data / "index"

    @property
    def cluster_folder(self) -> Path:
        """Where replicas of slots of uploads lie that this machine holds for a cluster."""
        return self.data / "cluster"

    @property
    def gateway_socket(self) -> Path:
        """Where the gateway to a cluster is asked, on this machine."""
        return self.cluster_socket or self.cluster_folder / "gateway.sock"

    @property
    def incoming_folder(self) -> Path:
        """Where files lie until they are hashed."""
        return self.data / "incoming"

    @property
    def standby_folder(self) -> Path:
        """Where the copy lies that matching goes on with while the database is away."""
        return self.data / "standby"

    @property
    def rates_file(self) -> Path:
        """Where the processes of this folder count together who asks how often."""
        return self.data / "rates.db"

    @property
    def metrics_file(self) -> Path:
        """Where the processes of this folder add up what they count, for `/metrics`."""
        return self.data / "metrics.db"

    @property
    def kernels_folder(self) -> Path:
        """Where compiled kernels are kept if the installation and the user's cache cannot be written."""
        return self.data / "kernels"

    @property
    def exports(self) -> Path:
        """Where file exports lie."""
        return self.export_folder or self.data / "exports"

    @property
    def keyring_file(self) -> Path:
        """Where the keys lie that everything private is encrypted with."""
        return self.encryption_key_file or self.data / "keyring.json"

    @property
    def preview_key_file(self) -> Path:
        """Where versions before had the one key they encrypted previews with."""
        return self.data / "preview.key"
