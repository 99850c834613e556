/** What a function writes, line by line, with its name before it. */
export function functionLog(
  name: string,
  log: (line: string) => void,
  {
    metrics,
    heard = () => {},
  }: {
    /** Whether metrics, CloudWatch's EMF lines, are shown. */
    readonly metrics: boolean;
    /** Hears of every line, shown or not. */
    readonly heard?: (line: string) => void;
  },
): (line: string) => void {
  return (text) => {
    for (const line of text.trimEnd().split('\n')) {
      heard(line);
      if (metrics || !isMetrics(line)) log(`${name} | ${line}`);
    }
  };
}

/** Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html */
function isMetrics(line: string): boolean {
  return line.startsWith('{') && line.includes('"_aws":{') && line.includes('"CloudWatchMetrics":[');
}
