import { Menu } from "@mantine/core";
import { IconAlertCircle, IconDots, IconPhoto, IconTrash } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { Job, ProjectCard as Project } from "../../api/client";
import { coverUrl } from "../../api/queries";
import { formatAgo, formatCount } from "../../state/format";
import { isActive, jobText } from "../../state/jobs";
import { Progress } from "../ui/JobRow";
import styles from "./Projects.module.css";

/** Outlines over the cover; the drawing is cropped as the picture below it is. */
function CoverObjects({ project }: { project: Project }) {
  const width = project.cover_width ?? 0;
  const height = project.cover_height ?? 0;
  if (width === 0 || height === 0) return null;
  const points = (ring: readonly number[]): string =>
    ring.map((share, at) => share * (at % 2 === 0 ? width : height)).join(" ");
  return (
    <svg
      className={styles.objects}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="xMidYMid slice"
      aria-hidden
    >
      {project.cover_objects.map(({ box, rings, color }, at) => {
        const [left = 0, top = 0, wide = 0, high = 0] = box;
        const look = {
          fill: color,
          fillOpacity: 0.18,
          stroke: color,
          strokeWidth: 1.5,
          vectorEffect: "non-scaling-stroke" as const,
        };
        if (rings.length > 0) {
          return rings.map((ring, part) => <polygon key={`${at} ${part}`} points={points(ring)} {...look} />);
        }
        return (
          <rect
            key={at}
            x={left * width}
            y={top * height}
            width={wide * width}
            height={high * height}
            {...look}
          />
        );
      })}
    </svg>
  );
}

function Counts({ project }: { project: Project }) {
  const counts: [number, string, string][] = [
    [project.images, "image", "images"],
    [project.annotations, "annotation", "annotations"],
    [project.classes, "class", "classes"],
  ];
  if (project.prediction_sets > 0)
    counts.push([project.prediction_sets, "prediction set", "prediction sets"]);
  return (
    <div className={styles.counts}>
      {counts.map(([count, one, many]) => (
        <span key={one}>
          <b>{formatCount(count)}</b> {count === 1 ? one : many}
        </span>
      ))}
    </div>
  );
}

interface Props {
  project: Project;
  job: Job | undefined;
  onDelete: (name: string) => void;
}

export function ProjectCard({ project, job, onDelete }: Props) {
  const ready = project.state === "ready";
  const working = job !== undefined && isActive(job);
  return (
    <article className={`panel ${styles.card ?? ""}`} aria-label={project.name}>
      <div className={styles.cover}>
        {project.state === "damaged" ? (
          <IconAlertCircle size={28} stroke={1.5} />
        ) : (
          <IconPhoto size={28} stroke={1.5} />
        )}
        {project.has_cover && (
          <>
            <img src={coverUrl(project.name, project.created)} alt="" loading="lazy" />
            <CoverObjects project={project} />
          </>
        )}
      </div>
      <div className={styles.body}>
        <div className={styles.name}>
          {ready ? (
            <Link
              to="/p/$project/summary"
              params={{ project: project.name }}
              className="truncate"
              title={project.path}
            >
              {project.name}
            </Link>
          ) : (
            <h2 className="truncate" title={project.path}>
              {project.name}
            </h2>
          )}
          {project.state === "damaged" && <span className="chip severe">Damaged</span>}
          {project.state === "importing" && <span className="chip">Importing</span>}
          <div className={styles.menu}>
            <Menu position="bottom-end" width={160}>
              <Menu.Target>
                <button type="button" className="btn quiet icon" aria-label={`More for ${project.name}`}>
                  <IconDots size={16} aria-hidden />
                </button>
              </Menu.Target>
              <Menu.Dropdown>
                <Menu.Item
                  color="red"
                  leftSection={<IconTrash size={15} />}
                  disabled={working}
                  onClick={() => onDelete(project.name)}
                >
                  Delete…
                </Menu.Item>
              </Menu.Dropdown>
            </Menu>
          </div>
        </div>
        <Counts project={project} />
        {working ? (
          <>
            <Progress job={job} />
            <span className="muted small">{jobText(job)}</span>
          </>
        ) : (
          <span className="muted small">
            {project.message ??
              (project.last_opened === null
                ? project.created === null
                  ? "Never opened"
                  : `Created ${formatAgo(project.created)}, never opened`
                : `Opened ${formatAgo(project.last_opened)}`)}
          </span>
        )}
      </div>
    </article>
  );
}
