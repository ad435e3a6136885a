swagger: "2.0"
info: {title: "Stages of ${aws_region.current.name}", version: "${trimspace(version)}"}
basePath: /${stage == "prod" ? "v1" : "v1-${stage}"}
schemes: [https]
paths:
  /items/{id}:
    x-amazon-apigateway-any-method:
      parameters:
        - {name: id, in: path, required: true, type: string}
      produces: [application/json]
      responses:
        "200": {description: Whatever the function says}
      x-amazon-apigateway-integration:
        type: aws_proxy
        httpMethod: POST
        uri: arn:aws:apigateway:${aws_region.current.name}:lambda:path/2015-03-31/functions/${module.items.lambda_function_arn}:$${stageVariables.alias}/invocations
  /soap:
    post:
      consumes: [application/json]
      responses:
        "200": {description: OK}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: POST
        uri: http://$${stageVariables.soapHost}/service
        requestTemplates:
          application/json: "<item id=\"$input.path('$.id')\" region=\"${region_name}\">$${util.escapeJavaScript($input.path('$.name'))}</item>"
        responses:
          default: {statusCode: 200}
          "5\\d{2}": {statusCode: ${error_status}}
