// Loaded before anything else, so plain JavaScript that any Node understands.
const needed = 24;
const major = Number(process.versions.node.split('.')[0]);
if (major < needed) {
  console.error(
    `Nerite needs Node ${needed}, got ${process.versions.node}: run \`npm ci\` with install scripts allowed (it brings Node ${needed}), then start through npm or npx.`,
  );
  process.exit(1);
}
