import { useQuery } from "@tanstack/react-query";
import { IconBox, IconFileImport, IconFolder, IconPhotoSearch } from "@tabler/icons-react";
import { useState } from "react";
import { ServerGone } from "../api/client";
import { projectsQuery } from "../api/queries";
import { ErrorPanel } from "../components/ui/ErrorPanel";
import { DeleteDialog } from "../components/projects/DeleteDialog";
import { ImagesFolderDialog, ImportDatasetDialog, SandboxDialog } from "../components/projects/ImportDialogs";
import { ProjectCard } from "../components/projects/ProjectCard";
import { JobRow } from "../components/ui/JobRow";
import { isActive, useJobs } from "../state/jobs";
import { useTitle } from "../state/useTitle";
import styles from "./ProjectsPage.module.css";

type Start = "dataset" | "folder" | "sandbox";

const DIALOGS = { dataset: ImportDatasetDialog, folder: ImagesFolderDialog, sandbox: SandboxDialog };

function StartButtons({ onStart, primary }: { onStart: (start: Start) => void; primary: Start }) {
  const buttons: [Start, string, typeof IconBox][] = [
    ["dataset", "Import dataset", IconFileImport],
    ["folder", "Images folder", IconFolder],
    ["sandbox", "Get a sandbox", IconBox],
  ];
  return (
    <div className="row">
      {buttons.map(([start, label, Icon]) => (
        <button
          key={start}
          type="button"
          className={start === primary ? "btn primary" : "btn"}
          onClick={() => onStart(start)}
        >
          <Icon size={15} aria-hidden /> {label}
        </button>
      ))}
    </div>
  );
}

/** The projects of the workspace, and the ways to get more. */
export function ProjectsPage() {
  const { data, error, refetch } = useQuery(projectsQuery);
  const jobs = useJobs();
  const [starting, setStarting] = useState<Start | null>(null);
  const [deleting, setDeleting] = useState<string | null>(null);
  useTitle("Projects");

  const projects = data?.projects ?? [];
  const names = new Set(projects.map((project) => project.name));
  // Jobs of projects that have a card are shown on it.
  const homeless = jobs.filter((job) => isActive(job) && (job.project === null || !names.has(job.project)));
  const StartDialog = starting === null ? null : DIALOGS[starting];
  const failed = error !== null && !(error instanceof ServerGone);

  return (
    <main className={styles.page}>
      <div className={styles.head}>
        <h1>Projects</h1>
        <span className={`muted mono truncate ${styles.workspace ?? ""}`} title="Workspace">
          {data?.workspace}
        </span>
        <div className="right">
          <StartButtons onStart={setStarting} primary="dataset" />
        </div>
      </div>
      {homeless.length > 0 && (
        <section className={`panel ${styles.jobs ?? ""}`} aria-label="Running jobs">
          {homeless.map((job) => (
            <JobRow key={job.id} job={job} />
          ))}
        </section>
      )}
      {failed && <ErrorPanel error={error} onRetry={() => void refetch()} />}
      {data === undefined && !failed && (
        <div className={styles.grid} aria-busy>
          {[1, 2, 3, 4].map((each) => (
            <div key={each} className="skeleton" style={{ height: 276 }} />
          ))}
        </div>
      )}
      {data !== undefined && projects.length === 0 && homeless.length === 0 && (
        <section className={`panel ${styles.empty ?? ""}`}>
          <IconPhotoSearch size={36} stroke={1.25} aria-hidden />
          <h2>No projects yet</h2>
          <p className="muted">
            Import a dataset (COCO, YOLO, VOC, CVAT, folders of classes and more), make a project of a folder
            of images, or get a ready-made sandbox to look round in. Your images stay where they are.
          </p>
          <StartButtons onStart={setStarting} primary="sandbox" />
        </section>
      )}
      <div className={styles.grid}>
        {projects.map((project) => (
          <ProjectCard
            key={project.name}
            project={project}
            job={jobs.find((job) => job.project === project.name && isActive(job))}
            onDelete={setDeleting}
          />
        ))}
      </div>
      {StartDialog !== null && <StartDialog onClose={() => setStarting(null)} />}
      {deleting !== null && <DeleteDialog name={deleting} onClose={() => setDeleting(null)} />}
    </main>
  );
}
