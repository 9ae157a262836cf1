{{- define "sales.labels" -}}
app.kubernetes.io/name: sales
app.kubernetes.io/part-of: garagesale
{{- end }}
{{- define "sales.selector" -}}
app.kubernetes.io/name: sales
{{- end }}
{{- define "sales.image" -}}
{{ .root.Values.image.registry }}/{{ .name }}{{ with index .root.Values.image.digests .name }}@{{ . }}{{ else }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}{{ end }}
{{- end }}
{{- define "sales.locked" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end }}
