import { Menu, Popover } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { IconAlertTriangle, IconDots, IconPencil, IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import type { Scope, View } from "../../api/client";
import { deleteView, renameView, saveView, viewsQuery, type ViewOrder } from "../../api/tags";
import { formatCount } from "../../state/format";
import { tell } from "../../state/undo";
import { SideSection } from "../ui/SideSection";
import side from "../ui/SideSection.module.css";
import { NameForm } from "./NameForm";
import styles from "./Views.module.css";

interface Props {
  project: string;
  /** What is shown now, and can be saved. */
  present: Omit<ViewOrder, "name">;
  /** How many items there are of the present kind. */
  total: number;
  onOpen: (view: Omit<ViewOrder, "name">) => void;
}

const ALL: Record<Scope, string> = { image: "All images", annotation: "All annotations" };

function problemText(view: View): string {
  return view.problem == null ? "" : `This view no longer works: ${view.problem}`;
}

/** Named queries with how many items they have now. */
export function ViewList({ project, present, total, onOpen }: Props) {
  const queries = useQueryClient();
  const views = useQuery(viewsQuery(project));
  const [saving, setSaving] = useState(false);
  const [renamed, setRenamed] = useState<string | null>(null);

  const change = async (action: () => Promise<unknown>): Promise<void> => {
    try {
      await action();
    } catch (error) {
      tell(error instanceof Error ? error.message : String(error), true);
    }
    await queries.invalidateQueries({ queryKey: viewsQuery(project).queryKey });
  };
  const isPresent = (view: { scope: Scope; query: string }): boolean =>
    view.scope === present.scope && view.query === present.query;
  const names = new Set(views.data?.map((view) => view.name));

  return (
    <SideSection
      title="Views"
      action={
        <Popover
          opened={saving}
          onChange={setSaving}
          position="bottom-start"
          width={300}
          trapFocus
          returnFocus
        >
          <Popover.Target>
            <button
              type="button"
              className="btn quiet icon"
              aria-label="Save as a view"
              title="Save what is shown as a view"
              onClick={() => setSaving(!saving)}
            >
              <IconPlus size={15} aria-hidden />
            </button>
          </Popover.Target>
          <Popover.Dropdown aria-label="Save as a view">
            <NameForm
              label="Name of the view"
              action={(name) => (names.has(name) ? "Replace" : "Save")}
              note={(name) => (names.has(name) ? "There is a view of this name already." : null)}
              onSubmit={(name) => {
                setSaving(false);
                void change(() => saveView(project, { ...present, name }));
              }}
            />
          </Popover.Dropdown>
        </Popover>
      }
    >
      <ul>
        <li>
          <button
            type="button"
            className={side.item}
            aria-current={present.query === ""}
            onClick={() => onOpen({ scope: present.scope, query: "", sort: present.sort })}
          >
            <span className="truncate">{ALL[present.scope]}</span>
            <span className={side.count}>{formatCount(total)}</span>
          </button>
        </li>
        {views.data?.map((view) => (
          <li key={view.name} className={styles.view}>
            {renamed === view.name ? (
              <NameForm
                label={`New name of ${view.name}`}
                initial={view.name}
                action={() => "Rename"}
                note={(name) =>
                  name !== view.name && names.has(name) ? "There is a view of this name already." : null
                }
                onCancel={() => setRenamed(null)}
                onSubmit={(name) => {
                  setRenamed(null);
                  if (name !== view.name) void change(() => renameView(project, view.name, name));
                }}
              />
            ) : (
              <>
                <button
                  type="button"
                  className={side.item}
                  aria-current={isPresent(view)}
                  title={view.problem == null ? view.query : problemText(view)}
                  onClick={() => onOpen(view)}
                >
                  <span className="truncate">{view.name}</span>
                  {view.problem == null ? (
                    <span className={side.count}>{formatCount(view.count ?? 0)}</span>
                  ) : (
                    <span className={`${side.count ?? ""} ${styles.dead ?? ""}`}>
                      <IconAlertTriangle size={13} role="img" aria-label="no longer works" />
                    </span>
                  )}
                </button>
                <Menu position="bottom-end" width={150}>
                  <Menu.Target>
                    <button
                      type="button"
                      className={`btn quiet icon ${styles.more ?? ""}`}
                      aria-label={`Change the view ${view.name}`}
                    >
                      <IconDots size={14} aria-hidden />
                    </button>
                  </Menu.Target>
                  <Menu.Dropdown>
                    <Menu.Item
                      leftSection={<IconPencil size={14} aria-hidden />}
                      onClick={() => setRenamed(view.name)}
                    >
                      Rename
                    </Menu.Item>
                    <Menu.Item
                      leftSection={<IconTrash size={14} aria-hidden />}
                      onClick={() => void change(() => deleteView(project, view.name))}
                    >
                      Delete
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              </>
            )}
          </li>
        ))}
      </ul>
    </SideSection>
  );
}
