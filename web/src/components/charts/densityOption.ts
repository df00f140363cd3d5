import type { Density, DensityAxis } from "../../api/client";
/** What ECharts is told to draw for two metrics against each other. */

import { showText } from "../../jsx/hidden";
import type { ChartOption } from "./EChart";
import { isPoint, tickLabel, ticksFor } from "./axis";
import type { Tokens } from "./tokens";
import { trendEnds } from "./trend";

/** Room round the plot in px. */
export const PLOT = { left: 62, right: 10, top: 8, bottom: 42 };
const FAINTEST = 0.14;
const FONT_PX = 11;

/** An axis on which all values are equal is drawn a little longer than nothing, the value in its middle. */
function lengthen(axis: DensityAxis): DensityAxis {
  const [low = 0, high = 0] = [axis.edges[0], axis.edges.at(-1)];
  if (!isPoint(low, high)) return axis;
  const bins = Math.max(1, axis.edges.length - 1);
  const margin = low === 0 ? 1 : Math.abs(low) / 2;
  const edges = Array.from({ length: bins + 1 }, (_, at) => low - margin + (2 * margin * at) / bins);
  return { ...axis, scale: "linear", edges };
}

/** Two steps of the axis's length, so that the one label stands in its middle. */
function pointLabels({ edges }: DensityAxis) {
  const [low = 0, high = 0] = [edges[0], edges.at(-1)];
  const middle = (low + high) / 2;
  return {
    interval: (high - low) / 2,
    label: (value: number) => (isPoint(value, middle) ? tickLabel(value) : ""),
  };
}

const TICKS = 5;
const NAME_GAP = { x: 24, y: 46 };

function axisOption(axis: DensityAxis, side: "x" | "y", tokens: Tokens, isLengthened: boolean) {
  const point = isLengthened ? pointLabels(axis) : null;
  const [low = 0, high = 0] = [axis.edges[0], axis.edges.at(-1)];
  const ticks = ticksFor(axis.scale, low, high, TICKS);
  return {
    name: showText(axis.unit === "" || axis.kind === "count" ? axis.title : `${axis.title}, ${axis.unit}`),
    nameLocation: "middle" as const,
    nameGap: NAME_GAP[side],
    nameTextStyle: { color: tokens.muted, fontSize: FONT_PX, fontFamily: tokens.font },
    type: axis.scale === "log" ? ("log" as const) : ("value" as const),
    min: low,
    max: high,
    axisLabel: {
      color: tokens.muted,
      fontSize: FONT_PX,
      fontFamily: tokens.font,
      hideOverlap: true,
      // The axis ends where the values do: the ends are labelled where they happen to be round.
      showMinLabel: ticks[0] === low,
      showMaxLabel: ticks.at(-1) === high,
      formatter: point === null ? (value: number) => tickLabel(value) : point.label,
    },
    axisLine: { show: true, lineStyle: { color: tokens.lineStrong } },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: tokens.line } },
    splitNumber: TICKS,
    interval: point?.interval,
  };
}

export function densityOption(density: Density, tokens: Tokens): ChartOption {
  const { cells, trend } = density;
  const [x, y] = [lengthen(density.x), lengthen(density.y)];
  const most = Math.max(1, ...cells.map((cell) => cell.count));
  const flat = x !== density.x || y !== density.y;
  const ends = trend === null || flat ? null : trendEnds(trend, x, y);
  return {
    animation: false,
    grid: { ...PLOT, containLabel: false },
    xAxis: axisOption(x, "x", tokens, x !== density.x),
    yAxis: axisOption(y, "y", tokens, y !== density.y),
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
