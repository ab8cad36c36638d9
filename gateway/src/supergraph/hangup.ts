/**
 * Has SIGHUP tell that files have changed, as it tells servers; a process stops at it otherwise, as when its terminal is
 * closed. To be called where `runProcess` starts the service, so that no SIGHUP stops it before.
 */
export function onHangup(listener: () => void): void {
  process.removeAllListeners('SIGHUP');
  process.on('SIGHUP', listener);
}
