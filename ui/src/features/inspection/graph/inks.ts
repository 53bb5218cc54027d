// The colours and fonts of the drawing, from the tokens of the theme.

/** By category of operator (crates/onnx/src/graph/category.rs). */
const CATEGORY_TOKENS = [
  "--text-3",
  "--run-1",
  "--run-2",
  "--run-4",
  "--run-3",
  "--run-7",
  "--run-5",
  "--outline",
  "--run-6",
  "--accent",
  "--run-8",
];

export type Inks = {
  app: string;
  panel: string;
  raised: string;
  hover: string;
  text: string;
  text2: string;
  text3: string;
  line: string;
  outline: string;
  accent: string;
  accentWeak: string;
  heat: string;
  categories: string[];
  ui: string;
  mono: string;
};

export function readInks(): Inks {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(name).trim() || "#888";
  return {
    app: token("--app"),
    panel: token("--panel"),
    raised: token("--raised"),
    hover: token("--hover"),
    text: token("--text"),
    text2: token("--text-2"),
    text3: token("--text-3"),
    line: token("--line"),
    outline: token("--outline"),
    accent: token("--accent"),
    accentWeak: token("--accent-weak"),
    heat: token("--run-2"),
    categories: CATEGORY_TOKENS.map(token),
    ui: token("--ui"),
    mono: token("--mono"),
  };
}
