"""What a person does on the board, told to the tracker that it concerns."""

from typing import Any

from readygate_sandbox.airtable import acting
from readygate_sandbox.airtable.control import AirtableControl
from readygate_sandbox.airtable.ids import is_id
from readygate_sandbox.board import airtable_view, jira_view
from readygate_sandbox.control import Control
from readygate_sandbox.web import Answer, BadRequest, Json

Told = dict[str, Any]


def concerns_airtable(told: Told) -> bool:
    """Whether an act is about a record or a table of Airtable."""
    refs = (told.get("deal"), told.get("item"))
    return any(is_id(ref, "rec") for ref in refs) or is_id(told.get("pipeline"), "tbl")


def act_in_jira(control: Control, person: str, told: Told) -> Told:
    """Raises web.Refusal with Jira's answer, and ValueError."""
    match told:
        case {"do": "move", "deal": ref, "by": way}:
            return control.act(person, "transition", issue=ref, transition=way)
        case {"do": "move", "deal": ref, "to": column}:
            name = jira_view.column_name(control.store, column)  # refusals repeat what they got
            return control.act(person, "transition", issue=ref, to=name)
        case {"do": "tick" | "untick" as do, "item": ref}:
            return control.act(person, do, issue=ref)
        case {"do": "waive", "item": ref, "by": way, "reason": reason}:
            done = control.act(person, "transition", issue=ref, transition=way)
            if str(reason).strip():
                control.act(person, "comment", issue=ref, text=reason)
            return done
        case {"do": "comment", "deal": ref, "text": text}:
            return control.act(person, "comment", issue=ref, text=text)
        case {"do": "create", "pipeline": project, "title": title}:
            fields = told.get("fields") or {}
            return control.act(person, "create", project=project, summary=title, fields=fields)
        case {"do": "set", "deal": ref, "fields": dict(fields)}:
            return control.act(person, "edit", issue=ref, fields=fields)
        case _:
            raise BadRequest(f"do: cannot do {told.get('do')!r} with what was sent")


def act_in_airtable(control: AirtableControl, person: str, told: Told) -> Told:
    """Raises web.Refusal with Airtable's answer, and ValueError."""
    match told:
        case {"do": "move", "deal": ref, "by": column} | {"do": "move", "deal": ref, "to": column}:
            return control.act(person, "edit", record=ref, fields=_stage(control, ref, column))
        case {"do": "tick" | "untick" as do, "item": ref}:
            return control.act(person, "edit", record=ref, fields=_tick(control, ref, do))
        case {"do": "waive", "item": ref, "by": field, "reason": reason}:
            return control.act(person, "edit", record=ref, fields={field: str(reason)})
        case {"do": "comment", "deal": ref, "text": text}:
            return control.act(person, "comment", record=ref, text=text)
        case {"do": "create", "pipeline": table, "title": title}:
            return _create(control, person, table, {**(told.get("fields") or {})}, title=title)
        case {"do": "set", "deal": ref, "fields": dict(fields)}:
            return control.act(person, "edit", record=ref, fields=fields)
        case _:
            raise BadRequest(f"do: cannot do {told.get('do')!r} with what was sent")


def _found(control: AirtableControl, ref: str) -> acting.Found:
    found = acting.find_record(control.store, ref)
    if found is None:
        raise BadRequest(f"there is no record {ref}")
    return found


def _stage(control: AirtableControl, ref: str, column: str) -> Told:
    stage = airtable_view.stage_of(_found(control, ref).table)
    if stage is None:
        raise BadRequest(f"{ref} has no stage")
    choice = stage.choice(column)
    return {stage.id: None if column == airtable_view.NO_STAGE else choice and choice.name}


def _tick(control: AirtableControl, ref: str, do: str) -> Told:
    """Ticking sets the checkbox; un-ticking also takes back what let the item go."""
    found = _found(control, ref)
    for table in found.base.tables.values():
        for one in airtable_view.checklists(found.base, table):
            if one.table is found.table:
                fields: Told = {one.done.id: do == "tick"}
                if do == "untick" and one.waived is not None:
                    fields[one.waived.id] = None
                return fields
    raise BadRequest(f"{ref} is on no checklist")


def _create(control: AirtableControl, person: str, ref: str, fields: Told, *, title: str) -> Told:
    for base in control.store.bases.values():
        table = base.tables.get(ref)
        if table is None:
            continue
        stage = airtable_view.stage_of(table)
        fields[table.primary.id] = title
        if stage is not None and stage.choices and stage.editable_by == "everyone":
            fields[stage.id] = stage.choices[0].name
        return control.act(person, "create", base=base.id, table=ref, fields=fields)
    raise BadRequest(f"there is no table {ref}")


def words(answer: Answer) -> tuple[list[str], dict[str, str]]:
    """(messages, messages per field) of a tracker's refusal."""
    body: Json = answer.body
    match body:
        case {"error": {"message": str(message)}}:
            return [message], {}
        case {"error": str(text)} | {"error": {"type": str(text)}}:
            return [text], {}
        case dict():
            return body.get("errorMessages") or [], body.get("errors") or {}
        case _:
            return [bytes(body or b"").decode()], {}
