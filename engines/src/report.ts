/** Receives one line of progress for people. */
export type Report = (line: string) => void;

export const toStderr: Report = (line) => {
  process.stderr.write(`engines: ${line}\n`);
};
