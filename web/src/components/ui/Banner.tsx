import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import styles from "./Banner.module.css";

interface Props {
  /** Whether something may be wrong; else it is good to know. */
  warns?: boolean;
  /** What can be done, at the line's end. */
  action?: ReactNode;
  children: ReactNode;
}

/** A line on what the page's numbers do not tell by themselves. */
export function Banner({ warns = false, action, children }: Props) {
  const Icon = warns ? IconAlertTriangle : IconInfoCircle;
  return (
    <p className={styles.banner} role="status">
      <Icon size={15} aria-hidden />
      <span>{children}</span>
      {action}
    </p>
  );
}
