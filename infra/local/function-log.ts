/** What a function writes, line by line, with its name before it. */
export function functionLog(
  name: string,
  log: (line: string) => void,
  {
    metrics,
    heard = () => {},
  }: {
    /** Whether metrics, CloudWatch's EMF lines, are shown as they are; of one that says something as well, that is shown always. */
    readonly metrics: boolean;
    /** Hears of every line, shown or not. */
    readonly heard?: (line: string) => void;
  },
): (line: string) => void {
  return (text) => {
    for (const line of text.trimEnd().split('\n')) {
      heard(line);
      const shown = metrics || !isMetrics(line) ? line : messageIn(line);
      if (shown !== undefined) log(`${name} | ${shown}`);
    }
  };
}

/** Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
function isMetrics(line: string): boolean {
  return line.startsWith('{') && line.includes('"_aws":{') && line.includes('"CloudWatchMetrics":[');
}

/** What a line of metrics says to people, if anything. */
function messageIn(line: string): string | undefined {
  try {
    const { _aws, level, message, ...rest } = JSON.parse(line) as Record<string, unknown>;
    return typeof message === 'string' ? JSON.stringify({ level, message, ...rest }) : undefined;
  } catch {
    return undefined;
  }
}
