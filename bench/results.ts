// RESULTS.md: a section for each kind of run. A run replaces its own and leaves the others.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const head = `# Results

Written by \`npm run bench\`. Figures of different runs, and of different machines, do not compare; ratios within a run do.
The servers take turns, A B C D A B C D: figures are medians over the rounds, \`÷\` is the median of the ratios to the
first server round by round, with the smallest and the largest. CPU is of one request: of the server's processes, and
of Postgres for this database. Statements are counted apart, by a proxy in front of Postgres. What is compared:

- **limit**: \`node:http\` and one prepared statement a request, nothing besides ([limit.ts](limit.ts))
- **service**: this project, built and started as in production, with everything on
- **fastify**: Fastify 5 and \`pg\`, sensibly written ([fastify.ts](fastify.ts))
- **stock**: Feathers as its command line generates it ([stock/](stock))

Repeat it with \`npm run bench\` (\`-- --full\`, \`-- --check\`, \`-- --invites 2000000\`, \`-- --processes 2\`,
\`-- --sockets 1000\`), on a Postgres at \`BENCH_DATABASE_URL\`.
`

export function writeSection(file: string, title: string, text: string): void {
  const old = existsSync(file) ? readFileSync(file, 'utf8') : ''
  const sections = new Map(
    old
      .split(/^(?=## )/m)
      .slice(1)
      .map((section) => [section.slice(3, section.indexOf('\n')), section.trim()])
  )
  sections.set(title, `## ${title}\n\n${text.trim()}`)
  writeFileSync(file, `${[head.trim(), ...sections.values()].join('\n\n')}\n`)
}
