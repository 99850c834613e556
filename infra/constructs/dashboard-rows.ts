import { GraphWidget, type IMetric, type IWidget, Row, TextWidget } from 'aws-cdk-lib/aws-cloudwatch';

/** A line across a graph, from where on somebody is told. */
export interface Line {
  readonly value: number;
  readonly label: string;
}

const rowUnits = 24;
const height = 6;

/** A graph from zero, with its threshold drawn. */
export interface Graph {
  readonly title: string;
  readonly metrics: readonly IMetric[];
  readonly lines?: readonly Line[];
}

/** Graphs side by side, as wide as there is room. */
export function graphRow(graphs: readonly Graph[]): IWidget {
  const width = Math.floor(rowUnits / graphs.length);
  return new Row(
    ...graphs.map(
      ({ title, metrics, lines = [] }) =>
        new GraphWidget({
          title,
          left: [...metrics],
          leftAnnotations: lines.map(({ value, label }) => ({ value, label })),
          leftYAxis: { min: 0 },
          width,
          height,
        }),
    ),
  );
}

/** A heading, or a few sentences. */
export function textRow(markdown: string, rows = 1): IWidget {
  return new TextWidget({ markdown, width: rowUnits, height: rows });
}
