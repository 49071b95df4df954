// Feathers as its command line generates it (`npm create feathers`: Koa, Knex, JWT), for this schema: one service a
// table, schemas validate, resolvers populate by `service.get`, and nothing is tuned. The generator's class, schema
// and shared files of a service stand in one file here.
import { app } from './app.js'

await app.listen(Number(process.env['PORT']))
