/** The rooms of the house and who may enter them (docs/architecture.md). */
const only = (name, from, to, comment) => ({ name, comment, severity: 'error', from, to });
const onlyIn = (pkg, rooms) =>
  only(
    `${pkg}-stays-in-its-room`,
    { path: '^(src|ormconfig)', pathNot: rooms },
    { path: `(^|/)node_modules/${pkg}/` },
    `${pkg} is used only in its own room`,
  );

module.exports = {
  forbidden: [
    only('no-cycles', {}, { circular: true }, 'cycles hide who depends on whom'),
    only(
      'domain-is-pure',
      { path: '^src/domain/' },
      { path: '^(src/(?!domain/)|node_modules)' },
      'domain imports nothing from elsewhere',
    ),
    only(
      'domain-without-io',
      { path: '^src/domain/' },
      { dependencyTypes: ['core'], pathNot: '^(node:)?path$' },
      'domain does no I/O',
    ),
    only(
      'ports-see-domain',
      { path: '^src/ports/' },
      { path: '^src/(?!domain/|ports/|config/)' },
      'ports import domain, and the type of the settings',
    ),
    only(
      'config-is-a-leaf',
      { path: '^src/config/' },
      { path: '^src/(?!domain/|config/)' },
      'configuration imports domain only',
    ),
    only(
      'workflow-sees-ports',
      { path: '^src/workflow/' },
      { path: '^src/(?!domain/|ports/|workflow/|config/|files/)' },
      'the verbs know ports, not adapters',
    ),
    only(
      'dose-is-numeric',
      { path: '^src/dose/' },
      { path: '^src/(?!domain/|dose/)' },
      'dosimetry is pure numeric code',
    ),
    only(
      'files-know-no-product',
      { path: '^src/files/' },
      { path: '^(src/(?!domain/errors|files/)|node_modules)' },
      'how files are written so that they last; nothing of what is in them',
    ),
    only(
      'pencil-beam-is-a-program',
      { path: '^src/pencil-beam/' },
      { path: '^src/(?!domain/|dose/|files/|pencil-beam/)' },
      'the engine is a program of its own',
    ),
    only(
      'adapters-implement-ports',
      { path: '^src/adapters/' },
      { path: '^src/(?!domain/|ports/|dose/|files/|adapters/)' },
      'adapters import ports, domain, dose, files',
    ),
    only(
      'adapters-never-each-other',
      { path: '^src/adapters/([^/]+)/' },
      { path: '^src/adapters/', pathNot: '^src/adapters/$1/' },
      'one adapter never imports another',
    ),
    only(
      'users-go-through-workflow',
      { path: '^src/(cli|web)/' },
      { path: '^src/(adapters|pencil-beam|container|main|program|cli\\.ts)' },
      'command line and web see verbs and ports',
    ),
    only(
      'nothing-imports-the-root',
      { path: '^src/(?!main|program|container|cli/)' },
      { path: '^src/container' },
      'only entry points build the container',
    ),
    onlyIn('typeorm', '^(src/adapters/database/|src/container|ormconfig)'),
    onlyIn('convict', '^src/config/'),
    onlyIn('winston', '^src/adapters/logging/'),
    onlyIn('typedi', '^src/(ports|workflow|container|cli|web|main)'),
    onlyIn('zod', '^src/(config|adapters|web|domain)/'),
    only(
      'the-page-sees-shapes',
      { path: '^src/web/page/' },
      {
        path: '^(src/(?!web/page/)|node_modules/(?!preact/|@preact/signals/|uplot/))',
        dependencyTypesNot: ['type-only'],
      },
      'what runs in the browser takes only types from the service',
    ),
    only(
      'the-service-knows-no-page',
      { path: '^src/', pathNot: '^src/web/page/' },
      { path: '^src/web/page/' },
      'the page is bundled; the service serves the bundle',
    ),
    only(
      'no-dev-dependencies',
      { path: '^src/', pathNot: '^src/web/page/' },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
      'the product runs without development packages',
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
