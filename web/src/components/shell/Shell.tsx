import { Menu } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import {
  IconCheck,
  IconChevronDown,
  IconDeviceDesktop,
  IconKeyboard,
  IconMoon,
  IconPlugConnectedX,
  IconSun,
} from "@tabler/icons-react";
import { Link, Outlet, useLocation, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { projectQuery, projectsQuery } from "../../api/queries";
import { askAgain, useServerGone } from "../../state/connection";
import { PAGES } from "../../state/pages";
import { setTheme, useThemeChoice, type ThemeChoice } from "../../state/theme";
import type { Command } from "../palette/entries";
import { JobTray } from "./JobTray";
import { PaletteButton } from "./PaletteButton";
import styles from "./Shell.module.css";
import { ShortcutSheet } from "./ShortcutSheet";
import { TrustBanner } from "./TrustBanner";

const THEMES: [ThemeChoice, string, typeof IconSun][] = [
  ["light", "Light", IconSun],
  ["dark", "Dark", IconMoon],
  ["system", "Like the system", IconDeviceDesktop],
];

function ThemeMenu() {
  const choice = useThemeChoice();
  const Icon = THEMES.find(([theme]) => theme === choice)?.[2] ?? IconDeviceDesktop;
  return (
    <Menu position="bottom-end" width={180}>
      <Menu.Target>
        <button type="button" className="btn quiet icon" aria-label="Theme" title="Theme">
          <Icon size={16} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup value={choice} onChange={(theme) => setTheme(theme as ThemeChoice)}>
          {THEMES.map(([theme, label, ThemeIcon]) => (
            <Menu.RadioItem
              key={theme}
              value={theme}
              closeMenuOnClick
              rightSection={<ThemeIcon size={15} aria-hidden />}
            >
              {label}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}

function ProjectSwitcher({ current }: { current: string }) {
  const { data } = useQuery(projectsQuery);
  useQuery(projectQuery(current)); // whatever page it is that opens: the project counts as opened
  // Another project opens at the page that is open now: "/p/street/summary/data".
  const page = useLocation({ select: ({ pathname }) => pathname.split("/").slice(3).join("/") });
  return (
    <Menu position="bottom-start" width={260}>
      <Menu.Target>
        <button
          type="button"
          className={`btn ${styles.project ?? ""}`}
          aria-label={`Project ${current}, change`}
        >
          <span className="truncate">{current}</span>
          <IconChevronDown size={14} aria-hidden />
        </button>
      </Menu.Target>
      <Menu.Dropdown mah={480} style={{ overflowY: "auto" }}>
        {data?.projects
          .filter((project) => project.state === "ready")
          .map((project) => (
            <Menu.Item
              key={project.name}
              component={Link}
              to={`/p/${encodeURIComponent(project.name)}/${page}`}
              leftSection={
                <IconCheck
                  size={14}
                  style={{ visibility: project.name === current ? "visible" : "hidden" }}
                />
              }
            >
              {project.name}
            </Menu.Item>
          ))}
        <Menu.Divider />
        <Menu.Item component={Link} to="/">
          All projects
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function GoneBanner() {
  const [asking, setAsking] = useState(false);
  if (!useServerGone()) return null;
  return (
    <div className={styles.banner} role="alert">
      <IconPlugConnectedX size={16} aria-hidden />
      <span>
        The Assay server does not answer. Start it again with <code className="mono">assay start</code>; this
        page goes on by itself.
      </span>
      <button
        type="button"
        className="btn right"
        disabled={asking}
        onClick={() => {
          setAsking(true);
          void askAgain().finally(() => setAsking(false));
        }}
      >
        Try now
      </button>
    </div>
  );
}

/** The frame of every page. */
export function Shell() {
  const { project } = useParams({ strict: false });
  const [shortcuts, setShortcuts] = useState(false);
  const [jobs, setJobs] = useState(false);
  const doCommand = (command: Command): void => {
    if (command === "shortcuts") setShortcuts(true);
    else if (command === "jobs") setJobs(true);
    else setTheme(command);
  };
  return (
    <div className={styles.app}>
      <header className={styles.header}>
        <button
          type="button"
          className={`btn ${styles.skip ?? ""}`}
          onClick={() => document.getElementById("content")?.focus()}
        >
          Skip to content
        </button>
        <Link to="/" className={styles.brand} aria-label="Assay, all projects">
          <img src="./icon.svg" alt="" width={18} height={18} />
          Assay
        </Link>
        {project !== undefined && (
          <>
            <ProjectSwitcher current={project} />
            <nav className={styles.tabs} aria-label="Pages of the project">
              {PAGES.map(({ path, title }) => (
                <Link key={path} to={`/p/$project/${path}`} params={{ project }}>
                  {title}
                </Link>
              ))}
            </nav>
          </>
        )}
        <div className={styles.tools}>
          <PaletteButton project={project} onCommand={doCommand} />
          <JobTray opened={jobs} onChange={setJobs} />
          <button
            type="button"
            className="btn quiet icon"
            aria-label="Keyboard shortcuts"
            title="Keyboard shortcuts (?)"
            onClick={() => setShortcuts(true)}
          >
            <IconKeyboard size={17} aria-hidden />
          </button>
          <ThemeMenu />
        </div>
      </header>
      <GoneBanner />
      {project !== undefined && <TrustBanner key={project} project={project} />}
      <div id="content" className={styles.content} tabIndex={-1}>
        <Outlet />
      </div>
      <ShortcutSheet
        opened={shortcuts}
        onOpen={() => setShortcuts(true)}
        onClose={() => setShortcuts(false)}
      />
    </div>
  );
}
