/** Colours of tags that tell apart on light and dark ground. */
export const TAG_COLORS = [
  ["#c2410c", "Rust"],
  ["#d9a400", "Amber"],
  ["#6b8e23", "Olive"],
  ["#2a9d6f", "Green"],
  ["#1a9aa8", "Teal"],
  ["#3b6fe0", "Blue"],
  ["#8a63d2", "Violet"],
  ["#b54fc4", "Magenta"],
  ["#d64570", "Pink"],
  ["#7d7b74", "Grey"],
] as const;
