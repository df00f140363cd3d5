/** What a line on the picture stands for. */
export function LineKey({ dashed, color, text }: { dashed: boolean; color: string; text: string }) {
  return (
    <span>
      <svg width="26" height="8" aria-hidden>
        <line
          x1="1"
          x2="25"
          y1="4"
          y2="4"
          stroke={color}
          strokeWidth="2.5"
          strokeDasharray={dashed ? "6 4" : undefined}
        />
      </svg>
      {text}
    </span>
  );
}
