import { Modal, Popover } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconTrash } from "@tabler/icons-react";
import { useRef, useState } from "react";
import { ApiProblem, type Scope, type Tag } from "../../api/client";
import { forgetTagged } from "../../api/filters";
import { deleteTag, tagsQuery, updateTag, viewsQuery, type TagUpdate } from "../../api/tags";
import { formatCount, formatCounted } from "../../state/format";
import { tell } from "../../state/undo";
import { viewsOfTag } from "../../state/queryText";
import { useFocusReturn } from "../ui/useFocusReturn";
import { ColorChoice } from "./ColorChoice";
import styles from "./Tags.module.css";

const CONFLICT = 409;

interface Props {
  project: string;
  /** Opens the Explorer at the items of a tag. */
  onShow: (scope: Scope, query: string) => void;
  onClose: () => void;
}

/** What is to be confirmed: two tags becoming one, or a tag's end. */
type EvaluationRequest = { kind: "merge"; tag: Tag; into: string } | { kind: "delete"; tag: Tag };

function marked({ images, annotations }: Tag): string {
  const counts: [number, Scope][] = [
    [images.count, "image"],
    [annotations.count, "annotation"],
  ];
  const parts = counts.flatMap(([count, scope]) => (count > 0 ? [formatCounted(count, scope)] : []));
  return parts.length > 0 ? parts.join(" and ") : "nothing";
}

interface ConfirmProps {
  request: EvaluationRequest;
  /** Names of the saved views that a deletion breaks. */
  views: readonly string[];
  onAnswer: (yes: boolean) => void;
}

function Confirm({ request, views, onAnswer }: ConfirmProps) {
  const { kind, tag } = request;
  return (
    <div className={styles.confirm} data-kind={kind} role="alertdialog" aria-label="Confirm">
      {kind === "merge" ? (
        <p>
          There is a tag <b>{request.into}</b> already. Merge <b>{tag.name}</b>, which marks {marked(tag)},
          into it?
        </p>
      ) : (
        <p>
          Delete the tag <b>{tag.name}</b>? It is taken from {marked(tag)}. This cannot be undone.
          {views.length > 0 && (
            <>
              {" "}
              {views.length === 1 ? "The saved view" : "The saved views"} <b>{views.join(", ")}</b>{" "}
              {views.length === 1 ? "uses it and stops" : "use it and stop"} working.
            </>
          )}
        </p>
      )}
      <div className="row">
        <button type="button" className="btn right" onClick={() => onAnswer(false)}>
          {kind === "merge" ? "Keep both" : "Keep it"}
        </button>
        <button
          type="button"
          className={`btn ${kind === "merge" ? "primary" : "danger"}`}
          // The request has just been asked by this person's own key or click.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          onClick={() => onAnswer(true)}
        >
          {kind === "merge" ? "Merge" : "Delete tag"}
        </button>
      </div>
    </div>
  );
}

interface RowProps {
  tag: Tag;
  onUpdate: (update: TagUpdate) => Promise<void>;
  onDelete: () => void;
  onShow: Props["onShow"];
}

function TagRow({ tag, onUpdate, onDelete, onShow }: RowProps) {
  const [name, setName] = useState(tag.name);
  const field = useRef<HTMLInputElement>(null);
  const rename = (): void => {
    const wanted = name.trim();
    if (wanted === "" || wanted === tag.name) setName(tag.name);
    else void onUpdate({ name: tag.name, new_name: wanted }).then(() => setName(tag.name));
  };
  const counts: [Scope, Tag["images"]][] = [
    ["image", tag.images],
    ["annotation", tag.annotations],
  ];
  return (
    <tr>
      <td>
        <Popover position="bottom-start" trapFocus returnFocus>
          <Popover.Target>
            <button
              type="button"
              className={styles.swatch}
              style={{ background: tag.color }}
              aria-label={`Colour of ${tag.name}`}
              title="Change the colour"
            />
          </Popover.Target>
          <Popover.Dropdown>
            <ColorChoice
              name={tag.name}
              value={tag.color}
              onChoose={(color) => void onUpdate({ name: tag.name, color })}
            />
          </Popover.Dropdown>
        </Popover>
      </td>
      <td>
        <input
          ref={field}
          className={styles.name}
          aria-label={`Name of ${tag.name}`}
          value={name}
          maxLength={100}
          onChange={(event) => setName(event.currentTarget.value)}
          onBlur={rename}
          onKeyDown={(event) => {
            if (event.key === "Enter") field.current?.blur();
            if (event.key === "Escape" && name !== tag.name) {
              event.stopPropagation();
              setName(tag.name);
            }
          }}
        />
      </td>
      {counts.map(([scope, { count, query }]) => (
        <td key={scope} className={styles.number}>
          <button
            type="button"
            className="btn quiet"
            disabled={count === 0}
            title={`Show the ${scope}s`}
            onClick={() => onShow(scope, query)}
          >
            {formatCount(count)}
          </button>
        </td>
      ))}
      <td>
        <button
          type="button"
          className="btn quiet icon"
          aria-label={`Delete ${tag.name}`}
          title="Delete"
          onClick={onDelete}
        >
          <IconTrash size={15} aria-hidden />
        </button>
      </td>
    </tr>
  );
}

/** All tags of a project: names, colours, what they mark; rename, make one of two, delete. */
export function TagManager({ project, onShow, onClose }: Props) {
  useFocusReturn();
  const queries = useQueryClient();
  const tags = useQuery(tagsQuery(project));
  const views = useQuery(viewsQuery(project));
  const [request, setRequest] = useState<EvaluationRequest | null>(null);

  const change = async (action: () => Promise<unknown>): Promise<void> => {
    try {
      await action();
      await forgetTagged(queries, project);
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error), true);
    }
  };
  const update = async (tag: Tag, wanted: TagUpdate): Promise<void> => {
    try {
      await updateTag(project, wanted);
      await forgetTagged(queries, project);
    } catch (error) {
      const taken = error instanceof ApiProblem && error.problem.status === CONFLICT;
      if (taken && wanted.new_name !== undefined) setRequest({ kind: "merge", tag, into: wanted.new_name });
      else tell(error instanceof Error ? error.message : String(error), true);
    }
  };
  const answerQuestion = (yes: boolean): void => {
    setRequest(null);
    if (!yes || request === null) return;
    const { tag } = request;
    void change(() =>
      request.kind === "delete"
        ? deleteTag(project, tag.name)
        : updateTag(project, { name: tag.name, new_name: request.into, merge: true }),
    );
  };

  return (
    <Modal
      opened
      onClose={onClose}
      title="Tags"
      size={520}
      overlayProps={{ backgroundOpacity: 0.3 }}
      closeButtonProps={{ "aria-label": "Close" }}
    >
      {request !== null && (
        <Confirm
          request={request}
          views={viewsOfTag(views.data ?? [], request.tag.name)}
          onAnswer={answerQuestion}
        />
      )}
      {tags.data?.length === 0 ? (
        <p className={styles.none}>
          No tags yet. Select items in the Explorer and press <kbd className="kbd">T</kbd>.
        </p>
      ) : (
        <div className={styles.scroll}>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">
                  <span className="sr-only">Colour</span>
                </th>
                <th scope="col">Name</th>
                <th scope="col">Images</th>
                <th scope="col">Annotations</th>
                <th scope="col">
                  <span className="sr-only">Delete</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {tags.data?.map((tag) => (
                <TagRow
                  key={tag.name}
                  tag={tag}
                  onUpdate={(wanted) => update(tag, wanted)}
                  onDelete={() => setRequest({ kind: "delete", tag })}
                  onShow={onShow}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Modal>
  );
}
