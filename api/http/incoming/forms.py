"""
A multipart form as it arrives (RFC 7578): text into memory, files into the spool, nothing held whole.

Invariant: whatever ends the reading (a broken form, a limit, a client that went away), `close` erases every file.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from fastapi import HTTPException, Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.arrivals.spool import IncomingFile, Spool
from api.errors import BodyError

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

FORM_TYPE = "multipart/form-data"
ENVELOPE_BYTES = 1_000_000
"""What a form may hold besides its files."""

PIECE_BYTES = 1_000_000
"""What is gathered of a large file before it is written."""

MOST_FILES = 20
"""Files in one form."""

_FIELDS = 20
_MEDIA_TYPES = (b"image/", b"video/", b"application/octet-stream")

BeforeFiles = Callable[[Mapping[str, str]], Awaitable[None]]


class TooManyFilesError(HTTPException):
    """A form holds more files than are taken at once."""


class FormReader:
    """
    The parts of one form.

    Args:
        spool: Where files go.

        any_name: Whether files may have other names than `media`; `names` then says which.
    """

    def __init__(self, spool: Spool, *, any_name: bool = False) -> None:
        self.files: list[IncomingFile] = []
        self.names: list[str] = []
        self._any_name = any_name
        self._spool = spool
        self._texts: list[tuple[str, bytearray]] = []
        self._text_bytes = 0
        self._headers: dict[bytes, bytes] = {}
        self._header = (bytearray(), bytearray())
        self._part: IncomingFile | bytearray = bytearray()
        self._waiting: list[tuple[IncomingFile, bytearray]] = []
        self._is_whole = False

    async def read(self, request: Request, *, before_files: BeforeFiles | None = None) -> None:
        """
        Read a request's form; whatever ends the reading, `fields` then has the text that came before.

        Args:
            request: Whose body it is.

            before_files: Called with the fields so far before anything of the first file is kept; it may refuse.

        Raises:
            HTTPException: With 400 if it is no form, or has too much text or too many fields.
            TooManyFilesError: If there are more than `MOST_FILES` files.
            BodyError: If a file has another name than `media`.
            TooLargeError: If a file is larger than one of its kind may be.
        """
        try:
            _, options = parse_options_header(request.headers["content-type"])
            parser = MultipartParser(options[b"boundary"], self._callbacks())
            async for chunk in request.stream():
                parser.write(chunk)
                if self.files and before_files is not None:
                    await before_files(self.fields)
                    before_files = None
                await self._write(PIECE_BYTES)
            parser.finalize()
            if not self._is_whole:
                raise HTTPException(400, "the form ends before its last boundary; send all of it")
            await self._write(0)
        except (FormParserError, KeyError) as error:
            raise HTTPException(400, f"not a valid form: {error}") from error

    @property
    def fields(self) -> dict[str, str]:
        """The text parts that have arrived, by name."""
        return {name: text.decode("utf-8", errors="replace") for name, text in self._texts}

    def close(self) -> None:
        """Erase the files."""
        for file in self.files:
            file.close()

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._headers.clear,
            "on_header_field": lambda data, start, end: self._header[0].extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header[1].extend(data[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._begin_part,
            "on_part_data": self._add,
            "on_end": self._end,
        }

    def _end(self) -> None:
        self._is_whole = True

    def _end_header(self) -> None:
        name, value = self._header
        self._headers[bytes(name).lower()] = bytes(value)
        self._header = (bytearray(), bytearray())

    def _begin_part(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        name = options.get(b"name")
        if name is None:
            raise HTTPException(400, "a part of the form has no name; send Content-Disposition: form-data; name=…")
        if (name == b"media" or self._any_name) and b"filename" in options:
            if len(self.files) == MOST_FILES:
                raise TooManyFilesError(400, f"more than {MOST_FILES} files; send several requests")
            file = self._spool.receive()
            self.files.append(file)
            self.names.append(name.decode("utf-8", errors="replace"))
            self._waiting.append((file, bytearray()))
            self._part = file
            return
        if b"filename" in options and self._headers.get(b"content-type", b"").startswith(_MEDIA_TYPES):
            field = name.decode("utf-8", errors="replace")
            message = f"a file came as {field!r}; send files as 'media'"
            raise BodyError(message, field=field)
        if len(self._texts) == _FIELDS:
            raise HTTPException(400, f"more than {_FIELDS} fields; this address takes fewer")
        self._part = bytearray()
        self._texts.append((name.decode("utf-8", errors="replace"), self._part))

    def _add(self, data: bytes, start: int, end: int) -> None:
        if isinstance(self._part, bytearray):
            self._text_bytes += end - start
            if self._text_bytes > ENVELOPE_BYTES:
                raise HTTPException(400, f"the form's text has more than {ENVELOPE_BYTES:,} bytes; send less")
            self._part += data[start:end]
        else:
            self._waiting[-1][1].extend(memoryview(data)[start:end])

    async def _write(self, least: int) -> None:
        """Hand what has gathered to the spool, in a thread where it goes to the disk."""
        ended, current = self._waiting[:-1], self._waiting[-1:]
        for file, gathered in (*ended, *(one for one in current if len(one[1]) > least)):
            piece = bytes(gathered)
            gathered.clear()
            await self.keep(file, piece)
        self._waiting = current

    async def keep(self, file: IncomingFile, piece: bytes) -> None:
        """
        Write a piece of a file.

        Raises:
            TooLargeError: If the file is now larger than one of its kind may be.
        """
        await file.take(piece)
