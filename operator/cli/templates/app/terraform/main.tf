# Where the app runs on AWS: a registry for its image. The cluster and its services are the platform's.
terraform {
  required_version = ">= 1.6"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }
}

resource "aws_ecr_repository" "{{ name }}" {
  name                 = "{{ name }}"
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }
}

output "image" {
  value = aws_ecr_repository.{{ name }}.repository_url
}
