// Loaded into every service of the development stack before the service itself: a stack that was killed leaves no service
// behind, for then the channel to it ends.

process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
process.channel?.unref();
