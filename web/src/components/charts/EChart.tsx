import { CustomChart, LineChart } from "echarts/charts";
import { GridComponent } from "echarts/components";
import { init, use as register, type ComposeOption, type EChartsType } from "echarts/core";
import type { CustomSeriesOption, LineSeriesOption } from "echarts/charts";
import type { GridComponentOption } from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

register([CustomChart, LineChart, GridComponent, CanvasRenderer]);

export type ChartOption = ComposeOption<CustomSeriesOption | LineSeriesOption | GridComponentOption>;

/** A drawing by ECharts that fills its place; what is pointed at is for whoever lays something over it. */
export function EChart({ option, height }: { option: ChartOption; height: number }) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | null>(null);
  useEffect(() => {
    if (element.current === null) return undefined;
    const made = init(element.current);
    chart.current = made;
    const observer = new ResizeObserver(() => made.resize());
    observer.observe(element.current);
    return () => {
      observer.disconnect();
      made.dispose();
      chart.current = null;
    };
  }, []);
  useEffect(() => {
    chart.current?.setOption(option, { notMerge: true });
  }, [option]);
  return <div ref={element} style={{ height }} aria-hidden />;
}
