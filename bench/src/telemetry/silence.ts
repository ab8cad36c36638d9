type PromClient = typeof import('prom-client');

const nothing = () => {};
const startNothing = () => nothing;
const unlabelled = {
  inc: nothing,
  dec: nothing,
  set: nothing,
  observe: nothing,
  setToCurrentTime: nothing,
  startTimer: startNothing,
};

/** Has the metrics of a process count nothing. To be called before any is made. */
export function silence(promClient: PromClient): void {
  const { Counter, Gauge, Histogram, Summary } = promClient;
  const labels = () => unlabelled;
  // A counter and a histogram choose between two methods when they are made.
  Object.assign(Counter.prototype, { incWithoutExemplar: nothing, incWithExemplar: nothing, labels });
  Object.assign(Gauge.prototype, unlabelled, { labels });
  const observing = { startTimer: startNothing, labels };
  Object.assign(Histogram.prototype, { observeWithoutExemplar: nothing, observeWithExemplar: nothing, ...observing });
  Object.assign(Summary.prototype, { observe: nothing, ...observing });
  // It watches the garbage collector and the event loop.
  Object.assign(promClient, { collectDefaultMetrics: nothing });
}
