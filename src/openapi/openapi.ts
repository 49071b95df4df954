// The OpenAPI 3.1 document, put together from the descriptions of services and pages, in the order of registration.
import type { Application } from '@feathersjs/feathers'
import type { TProperties } from '@sinclair/typebox'
import { getServiceOptions } from '../feathers.js'
import { Components, type Json } from './components.js'
import { errorComponents, type ErrorWords } from './errors.js'
import { operationObject, pathOf, verbOf } from './operation.js'
import { pageItem, pagesTag, signatureScheme, type PageDocs } from './page.js'

export interface Info {
  title: string
  version: string
  description: string
  license: { name: string; identifier: string }
}

/**
 * The `info` of the document comes from the caller. Call it when every service is registered. The `docs` of a service's options describe it, and `access` says which
 * callers it admits. A service without `docs` is not in the document.
 */
export function openapi(app: Application, info: Info, pages: PageDocs): Json {
  const components = new Components()
  const tags: Json[] = []
  const paths: Record<string, Record<string, Json>> = {}
  const errorData: TProperties = {}
  const errorWords: ErrorWords = {}
  for (const service of Object.keys(app.services)) {
    const options = getServiceOptions(app.service(service))
    const { docs } = options
    if (!docs) continue
    if (docs.tag) tags.push({ name: service, description: docs.tag })
    for (const operation of docs.operations) {
      const item = (paths[pathOf(service, operation)] ??= {})
      item[verbOf(operation)] = operationObject(service, operation, options, components)
    }
    Object.assign(errorData, docs.errorData)
    Object.assign(errorWords, docs.errorWords)
  }
  for (const [path, page] of Object.entries(pages.pages)) paths[path] = pageItem(path, page, components)
  const { responses, headers } = errorComponents({ data: errorData, words: errorWords }, components)
  return {
    openapi: '3.1.0',
    info,
    // Relative to this document: a proxy may serve it under a path of its own.
    servers: [{ url: '.', description: 'Where this document came from.' }],
    tags: [...tags, { name: pagesTag, description: pages.tag }],
    paths,
    components: {
      schemas: components.schemas,
      parameters: components.parameters,
      responses,
      headers,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The accessToken of signIn.' },
        signature: signatureScheme
      }
    }
  }
}
