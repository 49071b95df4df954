// `npm run docs`: writes the files that follow from the settings and the reasons: three in config/, docs/errors.md, and
// the tables in the README.
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { reasons } from '../reasons.js'
import { settingsOf, type Setting } from '../schema/setting.js'
import { configSchema } from '../settings.js'

const settings = settingsOf(configSchema)
const root = new URL('../../', import.meta.url)

/** A file of config/ with the value that `valueOf` gives for each setting. It leaves out settings without a value. */
function configFile(valueOf: (setting: Setting) => unknown): string {
  const tree: Record<string, unknown> = {}
  for (const setting of settings) {
    const value = valueOf(setting)
    if (value === undefined) continue
    let group = tree
    for (const name of setting.path.slice(0, -1)) group = (group[name] ??= {}) as Record<string, unknown>
    group[setting.path.at(-1) ?? ''] = value
  }
  return `${JSON.stringify(tree, null, 2)}\n`
}

const code = (value: unknown) => `\`${String(value)}\``
const valueCell = (value: unknown) => (String(value) === '' ? 'none' : code(value))

function row({ path, env, default: value, production, about }: Setting): string {
  const values = valueCell(value) + (production === undefined ? '' : `, in production ${valueCell(production)}`)
  return `| ${code(path.join('.'))} | ${env ? code(env) : '–'} | ${values} | ${about} |`
}

const settingsTable = ['| Setting | Environment | Default | |', '|---|---|---|---|', ...settings.map(row)].join('\n')

const statuses = [...new Set(Object.values(reasons).map(([status]) => status))]
const reasonsOf = (status: number) => Object.entries(reasons).filter(([, [code]]) => code === status)

const reasonsTable = [
  '| Status | `data.reason` |',
  '|---|---|',
  ...statuses.map(
    (status) =>
      `| ${status} | ${reasonsOf(status)
        .map(([reason]) => code(reason))
        .join(' ')} |`
  )
].join('\n')

const errorsPage = `# Errors

Every error has Feathers' shape, \`{ name, message, code, className, data }\`. \`data.reason\` is one of these words. The
service does not change these words, so compare the reason and not the message. A 400 also says in \`data.errors\` where and what is wrong:
\`[{ path, message }]\`, never the value. There the words of its reason stand for each path, with a value for a name in
braces, and the message joins them: \`path: words; path: words\`. Only \`invalid\` has words of its own for each problem
of the form, like \`must be integer\`. This page is written by \`npm run docs\` from \`src/reasons.ts\`.

| Status | Reason | Message |
|---|---|---|
${Object.entries(reasons)
  .map(([reason, [status, words]]) => `| ${status} | ${code(reason)} | ${words} |`)
  .join('\n')}
`

/** `text` with `content` between the comments `<!-- name -->` and `<!-- /name -->`. Throws when they are not there. */
function between(name: string, text: string, content: string): string {
  const [open, close] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`]
  const start = text.indexOf(open)
  const end = text.indexOf(close, start)
  if (start < 0 || end < 0) throw new Error(`There is no ${open.trim()} … ${close.trim()}`)
  return text.slice(0, start + open.length) + content + text.slice(end)
}

/** The whole text of each file that is written, by its path from the project's root. */
export const generatedFiles = (): Record<string, string> => ({
  'config/default.json': configFile((setting) => setting.default),
  'config/production.json': configFile(({ production }) => production),
  'config/custom-environment-variables.json': configFile(({ env }) => env),
  'docs/errors.md': errorsPage,
  'README.md': between(
    'reasons',
    between('settings', readFileSync(new URL('README.md', root), 'utf8'), settingsTable),
    reasonsTable
  )
})

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(generatedFiles())) writeFileSync(new URL(path, root), text)
}
