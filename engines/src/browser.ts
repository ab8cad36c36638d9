import { programs, requireProgram } from './install.ts';
import { type Report, toStderr } from './report.ts';

/** Makes sure that Chromium is there, as it is done for the engines, and resolves with the path of its program. */
export function requireChromium(report: Report = toStderr): Promise<string> {
  return requireProgram(programs.chromium, report);
}
