/** What ECharts is told to draw for two metrics against each other. */
import type { Density, DensityAxis } from "../../api/summary";
import type { ChartOption } from "./EChart";
import { tickLabel } from "./axis";
import type { Tokens } from "./tokens";
import { trendEnds } from "./trend";

/** Room round the plot in px. */
export const PLOT = { left: 56, right: 10, top: 8, bottom: 24 };
const FAINTEST = 0.14;
const FONT_PX = 11;

function axisOption(axis: DensityAxis, tokens: Tokens) {
  return {
    type: axis.scale === "log" ? ("log" as const) : ("value" as const),
    min: axis.edges[0],
    max: axis.edges.at(-1),
    axisLabel: {
      color: tokens.muted,
      fontSize: FONT_PX,
      fontFamily: tokens.font,
      hideOverlap: true,
      formatter: (value: number) => tickLabel(value),
    },
    axisLine: { show: true, lineStyle: { color: tokens.lineStrong } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: tokens.line } },
    splitNumber: 5,
  };
}

export function densityOption(density: Density, tokens: Tokens): ChartOption {
  const { x, y, cells, trend } = density;
  const most = Math.max(1, ...cells.map((cell) => cell.count));
  const ends = trend === null ? null : trendEnds(trend, x, y);
  return {
    animation: false,
    grid: { ...PLOT, containLabel: false },
    xAxis: axisOption(x, tokens),
    yAxis: axisOption(y, tokens),
    series: [
      {
        type: "custom",
        silent: true,
        clip: true,
        data: cells.map((cell) => [
          x.edges[cell.x] ?? 0,
          x.edges[cell.x + 1] ?? 0,
          y.edges[cell.y] ?? 0,
          y.edges[cell.y + 1] ?? 0,
          cell.count,
        ]),
        renderItem: (_params, api) => {
          const [left = 0, bottom = 0] = api.coord([api.value(0), api.value(2)]);
          const [right = 0, top = 0] = api.coord([api.value(1), api.value(3)]);
          // Half a pixel more hides the seams between neighbours.
          return {
            type: "rect",
            shape: { x: left, y: top, width: right - left + 0.5, height: bottom - top + 0.5 },
            style: {
              fill: tokens.accent,
              opacity: FAINTEST + (1 - FAINTEST) * Math.sqrt(Number(api.value(4)) / most),
            },
          };
        },
      },
      ...(ends === null
        ? []
        : [
            {
              type: "line" as const,
              silent: true,
              showSymbol: false,
              clip: true,
              data: ends,
              lineStyle: { color: tokens.severe, width: 1.5, type: "dashed" as const },
            },
          ]),
    ],
  };
}
