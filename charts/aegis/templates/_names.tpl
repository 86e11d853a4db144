{{- define "aegis.name" -}}
{{- if contains "aegis" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-aegis{{ end -}}
{{- end }}

{{- /* Of what stands in no namespace: installations for namespaces of their own stand side by side. */ -}}
{{- define "aegis.wideName" -}}
{{ include "aegis.name" . }}{{ with .Values.namespaces }}-{{ $.Release.Namespace }}{{ end }}
{{- end }}

{{- define "aegis.image" -}}
{{ printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion | toString) }}
{{- end }}

{{- define "aegis.agentKey" -}}
{{ .Values.agent.keySecret | default (printf "%s-agent-key" (include "aegis.name" .)) }}
{{- end }}

{{- define "aegis.labels" -}}
app.kubernetes.io/name: aegis-operator
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "aegis.selector" -}}
app.kubernetes.io/name: aegis-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "aegis.access" -}}
{{- $access := dict "operators" (list (dict
  "namespaceSelector" (dict "matchLabels" (dict "kubernetes.io/metadata.name" .Release.Namespace))
  "podSelector" (dict "matchLabels" (include "aegis.selector" . | fromYaml)))) }}
{{- range list "gateways" "prometheus" "dns" }}
{{- $_ := set $access . (get $.Values.access . | default list) }}
{{- end }}
{{- toJson $access }}
{{- end }}
