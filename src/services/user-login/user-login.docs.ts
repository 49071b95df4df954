// The description of user-login.
import { named } from '../../openapi/components.js'
import type { ServiceDocs } from '../../openapi/service-docs.js'
import { pageQuerySchema, pageSchema } from '../../schema/paging.js'
import { userLoginSchema } from '../user/user.table.js'

export const userLoginDocs: ServiceDocs = {
  tag: 'The caller’s logins.',
  operations: [
    {
      method: 'find',
      operationId: 'findUserLogins',
      summary: 'The caller’s own logins, newest first',
      query: pageQuerySchema,
      answers: { 200: { description: 'A page.', schema: named('UserLoginPage', pageSchema(userLoginSchema)) } }
    },
    {
      method: 'get',
      operationId: 'getUserLogin',
      summary: 'One of the caller’s own logins',
      answers: { 200: { description: 'The login.', schema: userLoginSchema } }
    }
  ]
}
