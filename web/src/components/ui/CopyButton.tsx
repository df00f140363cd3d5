import { useClipboard } from "@mantine/hooks";
import { IconCheck, IconCopy } from "@tabler/icons-react";

export function CopyButton({ text, what }: { text: string; what: string }) {
  const { copied, copy } = useClipboard({ timeout: 1_500 });
  const Icon = copied ? IconCheck : IconCopy;
  return (
    <button
      type="button"
      className="btn quiet icon"
      style={{ width: 22, height: 22 }}
      aria-label={copied ? `Copied ${what}` : `Copy ${what}`}
      title={`Copy ${what}`}
      onClick={() => copy(text)}
    >
      <Icon size={14} aria-hidden />
    </button>
  );
}
