"""`staydown match`: would these files be let through?"""

from rich.table import Table

from api.cli.desk import Key, Server, open_desk
from api.cli.files import FileResult, Files, each_file, end_with
from api.schemas.uploads import MatchAnswer
from api.shell.output import AsJson, coloured_verdict, console, write_json


def match(files: Files, *, server: Server = None, key: Key = None, as_json: AsJson = False) -> None:
    """
    Ask whether each file matches a takedown. Nothing is stored.

    For example:

        staydown match photo.jpg

        STAYDOWN_KEY=… staydown match *.jpg --server https://staydown.example.org --json
    """
    with open_desk(server, key) as desk:
        results = each_file(files, desk.match, at_once=desk.at_once, doing="Matching")
    if as_json:
        write_json([_record(result) for result in results])
    else:
        console().print(_table(results))
    end_with(results)


def _record(result: FileResult[MatchAnswer]) -> dict[str, object]:
    if result.value is None:
        return {"file": result.file, "error": result.error}
    return {"file": result.file, **result.value.model_dump(mode="json")}


def _table(results: list[FileResult[MatchAnswer]]) -> Table:
    table = Table("file", "verdict", "strength", "takedown", "why", box=None, header_style="dim", pad_edge=False)
    for result in results:
        if result.value is None:
            continue
        verdict = coloured_verdict(result.value.verdict)
        if not result.value.matches:
            table.add_row(str(result.file), verdict, "–", "–", "no takedown is near")
        for found in result.value.matches:
            table.add_row(str(result.file), verdict, found.strength, found.takedown_id, found.explanation or "")
    return table
